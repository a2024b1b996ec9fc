//! Queues, streams and schedules that call functions.

use icm_local::template::QueueTrigger;

use crate::Rule;
use crate::infrastructure::Infrastructure;

pub(crate) const RULES: &[(&str, Rule)] = &[
    ("queue sources report which messages failed", queue_sources_report_failures),
    ("queue sources have dead letters", queue_sources_have_dead_letters),
    ("every queue that is worked on has dead letters", every_queue_has_dead_letters),
    ("queue sources hide messages long enough", queue_sources_hide_messages_long_enough),
    ("queue sources bound their concurrency", queue_sources_bound_their_concurrency),
    ("stream sources give up, halve and tell", stream_sources_give_up_halve_and_tell),
    ("the stream wakes for new effects only", the_stream_wakes_for_new_effects_only),
    ("schedules put away what they could not start", schedules_put_away_failures),
    ("each function is called by something", each_function_is_called),
];

fn broken(found: &Infrastructure, is_broken: impl Fn(&QueueTrigger) -> bool) -> Vec<String> {
    let triggers = found.template.queue_triggers.iter().filter(|trigger| is_broken(trigger));
    triggers.map(|trigger| format!("{} → {}", trigger.queue, trigger.function)).collect()
}

fn queue_sources_report_failures(found: &Infrastructure) -> Vec<String> {
    broken(found, |trigger| !trigger.item_failures)
}

fn queue_sources_have_dead_letters(found: &Infrastructure) -> Vec<String> {
    broken(found, |trigger| {
        let queue = found.template.queues.iter().find(|queue| queue.name == trigger.queue);
        let dead = queue.and_then(|queue| queue.dead_letters.as_deref());
        !dead.is_some_and(|dead| found.template.queues.iter().any(|queue| queue.name == dead))
    })
}

/// Also those that staff and vendors work on. Where dead letters lie nobody works.
fn every_queue_has_dead_letters(found: &Infrastructure) -> Vec<String> {
    const GIVEN_UP: [&str; 2] = ["StreamFailures", "ScheduleDeadLetters"];
    let queues = &found.template.queues;
    let is_dead_letters = |name: &str| {
        GIVEN_UP.contains(&name) || queues.iter().any(|queue| queue.dead_letters.as_deref() == Some(name))
    };
    let broken = queues.iter().filter(|queue| queue.dead_letters.is_none() && !is_dead_letters(&queue.name));
    broken.map(|queue| queue.name.clone()).collect()
}

/// At least six times the function's timeout plus the batching window: else a message is delivered again
/// while it is being worked on.
fn queue_sources_hide_messages_long_enough(found: &Infrastructure) -> Vec<String> {
    broken(found, |trigger| {
        let queue = found.template.queues.iter().find(|queue| queue.name == trigger.queue);
        let hidden = queue.and_then(|queue| queue.attributes.get("VisibilityTimeout"));
        let hidden_s: u32 = hidden.map_or(30, |text| text.parse().unwrap());
        let function = found.template.function(&trigger.function);
        function.is_none_or(|function| hidden_s < 6 * function.timeout_s + trigger.window_s)
    })
}

fn queue_sources_bound_their_concurrency(found: &Infrastructure) -> Vec<String> {
    broken(found, |trigger| trigger.maximum_concurrency.is_none_or(|most| !(2..=1_000).contains(&most)))
}

fn stream_sources_give_up_halve_and_tell(found: &Infrastructure) -> Vec<String> {
    let queues = &found.template.queues;
    let broken = found.template.stream_triggers.iter().filter(|trigger| {
        let told = trigger.on_failure.as_deref();
        trigger.retries.is_none()
            || !trigger.bisects
            || !trigger.item_failures
            || !told.is_some_and(|told| queues.iter().any(|queue| queue.name == told))
    });
    broken.map(|trigger| trigger.function.clone()).collect()
}

/// Expired items leave the table as removals: they must wake nobody.
fn the_stream_wakes_for_new_effects_only(found: &Infrastructure) -> Vec<String> {
    let triggers = found.template.stream_triggers.iter();
    let mut broken: Vec<String> = triggers
        .filter(|trigger| {
            trigger.filters.is_empty()
                || trigger.filters.iter().any(|pattern| {
                    pattern["eventName"] != serde_json::json!(["INSERT"])
                        || pattern["dynamodb"]["Keys"]["sk"]["S"][0]["prefix"] != "FX#"
                })
        })
        .map(|trigger| trigger.function.clone())
        .collect();
    if found.template.stream_triggers.len() != 1 {
        broken.push("one stream source is expected".to_owned());
    }
    broken
}

fn schedules_put_away_failures(found: &Infrastructure) -> Vec<String> {
    let mut broken = Vec::new();
    for function in found.resources.of_kind("AWS::Serverless::Function") {
        let events = function.properties["Events"].as_object();
        for (name, event) in events.into_iter().flatten().filter(|(_, event)| event["Type"] == "ScheduleV2") {
            let properties = &event["Properties"];
            let is_put_away = properties["DeadLetterConfig"]["Arn"].is_string();
            let is_finite = properties["RetryPolicy"]["MaximumRetryAttempts"].is_u64();
            // The scheduler calls without waiting, and Lambda repeats such a call by itself unless it is told not to.
            let is_once = function.properties["EventInvokeConfig"]["MaximumRetryAttempts"] == 0;
            if !is_put_away || !is_finite || !is_once {
                broken.push(format!("{}.{name}", function.id));
            }
        }
    }
    broken
}

fn each_function_is_called(found: &Infrastructure) -> Vec<String> {
    let template = &found.template;
    let queues = template.queue_triggers.iter().map(|trigger| &trigger.function);
    let streams = template.stream_triggers.iter().map(|trigger| &trigger.function);
    let schedules = template.schedules.iter().map(|schedule| &schedule.function);
    let called: Vec<&String> = queues.chain(streams).chain(schedules).collect();
    let functions = template.functions.iter().map(|function| &function.folder);
    // The operations function is called by its API.
    functions.filter(|folder| *folder != "operations" && !called.contains(folder)).cloned().collect()
}
