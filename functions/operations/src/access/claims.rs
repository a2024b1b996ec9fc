//! From the claims of a verified token to who acts. The API gateway's authorizer has checked signature, issuer, audience
//! and expiry before the function is called; what it hands on is taken here and nowhere else.

use super::{Identity, Lines, Role, TokenScope};
use icm_domain::facts::LineOfBusiness;
use serde_json::Value;
use std::collections::BTreeSet;

/// Claim with the roles.
pub const ROLES: &str = "icm_roles";
/// Claim with the lines of business; `*`: all. Without the claim: none.
pub const LINES: &str = "icm_lines";
/// Claims with the scopes of the token: `scope` (RFC 8693), or `scp` as some issuers spell it. The gateway looks at both.
pub const SCOPES: [&str; 2] = ["scope", "scp"];
/// Claim with the second of the epoch at which the token ends (RFC 7519).
const EXPIRY: &str = "exp";

/// Who acts by these claims at this second of the epoch; none without a subject, or when the token has ended. Roles,
/// lines and scopes that are not known are passed over: a token never gives more than it spells out.
pub fn identity(claims: &Value, second: Option<i64>) -> Option<Identity> {
    let subject = claims.get("sub").and_then(Value::as_str).filter(|text| !text.is_empty())?;
    if has_ended(claims.get(EXPIRY), second) {
        return None;
    }
    let roles = words(claims.get(ROLES)).iter().filter_map(|word| Role::parse(word)).collect::<Vec<_>>();
    let scopes = SCOPES.into_iter().flat_map(|name| words(claims.get(name)));
    let scopes: BTreeSet<TokenScope> = scopes.filter_map(|word| TokenScope::parse(&word)).collect();
    Some(Identity::staff(subject, roles, lines(&words(claims.get(LINES)))).scoped(scopes))
}

/// Whether the token has ended. The authorizer has looked at it too; it may remember a token that it has once looked at.
/// The gateway writes every claim as text.
fn has_ended(expiry: Option<&Value>, second: Option<i64>) -> bool {
    let ends = expiry.and_then(|claim| claim.as_i64().or_else(|| claim.as_str()?.parse().ok()));
    ends.zip(second).is_some_and(|(ends, now)| ends <= now)
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
            let claims =
                json!({"sub": "alice", "icm_roles": roles, "icm_lines": "*", "scope": "openid icm/read"});
            let who = identity(&claims, None).unwrap();
            assert_eq!(who.scopes, BTreeSet::from([TokenScope::Read]));
            assert_eq!(who.roles, BTreeSet::from([Role::Supervisor, Role::Auditor]));
            assert_eq!(who.actor.as_str(), "ops:alice");
        }
    }

    #[test]
    fn a_token_gives_nothing_that_it_does_not_spell_out() {
        let who = identity(&json!({"sub": "alice", "icm_roles": "[king]", "scp": "[all]"}), None).unwrap();
        assert!(who.roles.is_empty() && who.scopes.is_empty());
        assert!(who.parts().is_empty());
        assert_eq!(identity(&json!({"icm_roles": "[auditor]"}), None), None);
    }

    #[test]
    fn a_token_that_has_ended_names_nobody() {
        for expiry in [json!(1_000), json!("1000")] {
            let claims = json!({"sub": "alice", "exp": expiry});
            assert!(identity(&claims, Some(999)).is_some());
            assert_eq!(identity(&claims, Some(1_000)), None);
        }
    }
}
