//! Logs: one JSON object a line, without member data.
//!
//! Each line carries the invocation's request id and trace (the runtime's span). The trace travels by itself: the SDK
//! sends it with every request, and a queue hands it on with the message ([`SqsRecord::trace`](crate::SqsRecord::trace)).

use std::sync::OnceLock;
use tracing_subscriber::EnvFilter;

static MEMBER_KEY: OnceLock<[u8; 32]> = OnceLock::new();

/// For the main of a function: turns metrics on and starts logging in JSON to standard error, at the level of
/// `RUST_LOG` (default `info`). A second start changes nothing.
pub fn init() {
    crate::metrics::enable();
    let started = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_env_filter(filter())
        .with_current_span(false)
        .with_writer(std::io::stderr)
        .try_init();
    // Already started by the host process (the local stack): its subscriber stays.
    drop(started);
    // The message of a panic may hold what the code was working on; its place says where to look.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
}

/// Crates that log the requests and answers that pass through them below this level: member data. Whatever an operator
/// asks for, they stay quiet.
const QUIET: [&str; 10] = [
    "aws_runtime=warn",
    "aws_sdk_dynamodb=warn",
    "aws_sdk_kms=warn",
    "aws_sdk_s3=warn",
    "aws_sdk_sqs=warn",
    "aws_smithy_http_client=warn",
    "aws_smithy_runtime=warn",
    "hyper=warn",
    "hyper_util=warn",
    "lambda_runtime=info",
];

/// The level of `RUST_LOG`, and never more of the crates that carry member data.
fn filter() -> EnvFilter {
    let asked = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let quiet = QUIET.iter().filter_map(|directive| directive.parse().ok());
    quiet.fold(asked, EnvFilter::add_directive)
}

/// From now on members have a name in logs, made with this secret. A second call changes nothing.
pub fn tag_members_with(secret: &[u8]) {
    // Another context than that of ids: from a tag nobody can make the id of a case.
    let _ = MEMBER_KEY.set(blake3::derive_key("icm tags of members in logs v1", secret));
}

/// A member's name in the logs of this process; a dash where no secret was given.
pub fn member(member: &str) -> String {
    MEMBER_KEY.get().map_or_else(|| "-".to_owned(), |key| member_tag(key, member))
}

/// A member's name in logs: a keyed hash, so that lines of one member can be found together by those who hold the key
/// and the id, and by nobody else.
pub fn member_tag(key: &[u8; 32], member: &str) -> String {
    blake3::keyed_hash(key, member.as_bytes()).to_hex().as_str().chars().take(16).collect()
}

#[cfg(test)]
mod tests {
    use super::{member, member_tag, tag_members_with};

    #[test]
    fn a_tag_depends_on_the_key_and_does_not_show_the_member() {
        let tag = member_tag(&[1; 32], "member-1");
        assert_eq!(tag.len(), 16);
        assert_ne!(tag, member_tag(&[2; 32], "member-1"));
        assert!(!tag.contains("member"));
    }

    #[test]
    fn crates_that_carry_member_data_stay_quiet_whatever_is_asked_for() {
        let filter = super::QUIET.iter().fold(
            tracing_subscriber::EnvFilter::new("trace,aws_smithy_runtime=trace"),
            |filter, directive| filter.add_directive(directive.parse().unwrap()),
        );
        let shown = filter.to_string();
        assert!(
            shown.contains("aws_smithy_runtime=warn") && !shown.contains("aws_smithy_runtime=trace"),
            "{shown}"
        );
    }

    #[test]
    fn without_a_secret_a_member_has_no_name_and_the_first_secret_stays() {
        assert_eq!(member("member-1"), "-");
        tag_members_with(b"one");
        let tag = member("member-1");
        assert_eq!(tag.len(), 16);
        tag_members_with(b"two");
        assert_eq!(member("member-1"), tag);
    }
}
