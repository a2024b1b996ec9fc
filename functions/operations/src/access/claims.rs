//! From the claims of a verified token to who acts. The API gateway's authorizer has checked signature, issuer, audience
//! and expiry before the function is called; what it hands on is taken here and nowhere else.

use super::{Identity, Lines, Role};
use icm_domain::facts::LineOfBusiness;
use serde_json::Value;
use std::collections::BTreeSet;

/// Claim with the roles.
pub const ROLES: &str = "icm_roles";
/// Claim with the lines of business; `*`: all. Without the claim: none.
pub const LINES: &str = "icm_lines";
/// Claim with the scopes of the token (RFC 8693).
pub const SCOPE: &str = "scope";

/// Who acts by these claims; none without a subject. Roles and lines that are not known are passed over: a token never
/// gives more than it spells out.
pub fn identity(claims: &Value) -> Option<Identity> {
    let subject = claims.get("sub").and_then(Value::as_str).filter(|text| !text.is_empty())?;
    let roles = words(claims.get(ROLES)).iter().filter_map(|word| Role::parse(word)).collect::<Vec<_>>();
    Some(Identity::staff(subject, roles, lines(&words(claims.get(LINES)))))
}

fn lines(words: &[String]) -> Lines {
    if words.iter().any(|word| word == "*") {
        return Lines::All;
    }
    Lines::Only(words.iter().filter_map(|word| line_of_business(word)).collect::<BTreeSet<_>>())
}

/// The line of business with this spelling.
pub fn line_of_business(text: &str) -> Option<LineOfBusiness> {
    let text = text.trim().to_ascii_uppercase().replace('-', "_");
    [LineOfBusiness::Medicaid, LineOfBusiness::MedicareAdvantage, LineOfBusiness::Commercial]
        .into_iter()
        .find(|line| line.id() == text)
}

/// The words of a claim: a list, or a text in which the gateway has written a list (`[a b]`), or words with blanks or
/// commas between them.
fn words(claim: Option<&Value>) -> Vec<String> {
    match claim {
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(Value::String(text)) => text
            .trim_matches(|c| matches!(c, '[' | ']'))
            .split([' ', ','])
            .filter(|word| !word.is_empty())
            .map(|word| word.trim_matches('"').to_owned())
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lists_are_read_in_every_spelling_of_the_gateway() {
        for roles in
            [json!(["supervisor", "auditor"]), json!("[supervisor auditor]"), json!("supervisor,auditor")]
        {
            let who = identity(&json!({"sub": "alice", "icm_roles": roles, "icm_lines": "*"})).unwrap();
            assert_eq!(who.roles, BTreeSet::from([Role::Supervisor, Role::Auditor]));
            assert_eq!(who.actor.as_str(), "ops:alice");
        }
    }

    #[test]
    fn a_token_gives_nothing_that_it_does_not_spell_out() {
        let who = identity(&json!({"sub": "alice", "icm_roles": "[king]"})).unwrap();
        assert!(who.roles.is_empty());
        assert!(who.parts().is_empty());
        assert_eq!(identity(&json!({"icm_roles": "[auditor]"})), None);
    }
}
