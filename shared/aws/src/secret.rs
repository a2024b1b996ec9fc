//! The secret from which ids of cases and effects are made.
//!
//! It stands in no environment, template or table: it is the answer of an HMAC key, which never leaves KMS, to a fixed
//! text. A function asks for it once, at its first event. Who may ask is the key's policy; every answer is in the trail.

use crate::Clients;
use crate::error::{Intent, port_error};
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::MacAlgorithmSpec;
use icm_ports::{PortError, Result};
use std::fmt;

const OPERATION: &str = "make secret of ids";

/// What the key is asked to sign. A new text would give every case and effect another id: it never changes.
const TEXT: &[u8] = b"icm case and effect ids v1";

/// Where the secret comes from.
#[derive(Clone)]
pub struct IdSecret(Source);

#[derive(Clone)]
enum Source {
    Key(aws_sdk_kms::Client, String),
    Given(String),
    Missing,
}

impl fmt::Debug for IdSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdSecret")
    }
}

impl IdSecret {
    /// From `ID_KEY`, the ARN of the key, or, on a machine without KMS, from `ID_SECRET`. A key always goes first, and
    /// the template sets no secret. `var` gives the value of a variable.
    pub fn from_vars(clients: &Clients, var: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| var(name).filter(|value| !value.trim().is_empty());
        Self(match (set("ID_KEY"), set("ID_SECRET")) {
            (Some(key), _) => Source::Key(clients.kms(), key),
            (None, Some(secret)) => Source::Given(secret),
            (None, None) => Source::Missing,
        })
    }

    /// From the process's environment.
    pub fn from_env(clients: &Clients) -> Self {
        Self::from_vars(clients, |name| std::env::var(name).ok())
    }

    /// The secret. Without one every event fails and comes again: an id made from nothing could be guessed by anybody.
    pub async fn reveal(&self) -> Result<Vec<u8>> {
        match &self.0 {
            Source::Key(client, key) => made(client, key).await,
            Source::Given(secret) => Ok(secret.clone().into_bytes()),
            Source::Missing => Err(PortError::Unavailable { operation: OPERATION }),
        }
    }
}

async fn made(client: &aws_sdk_kms::Client, key: &str) -> Result<Vec<u8>> {
    let asked = client
        .generate_mac()
        .key_id(key)
        .mac_algorithm(MacAlgorithmSpec::HmacSha256)
        .message(Blob::new(TEXT))
        .send()
        .await;
    let answer = asked.map_err(|error| port_error(OPERATION, Intent::Read, &error))?;
    let made = answer.mac.map(Blob::into_inner).filter(|mac| !mac.is_empty());
    made.ok_or(PortError::Corrupt { operation: OPERATION })
}

#[cfg(test)]
mod tests {
    use super::{IdSecret, Source};
    use crate::Connection;

    fn secret(vars: &[(&str, &str)]) -> IdSecret {
        let clients = Connection::local("http://127.0.0.1:9", "http://127.0.0.1:9").clients();
        let var =
            |name: &str| vars.iter().find(|(held, _)| *held == name).map(|(_, value)| (*value).to_owned());
        IdSecret::from_vars(&clients, var)
    }

    #[tokio::test]
    async fn a_key_goes_before_a_secret_and_nothing_is_no_secret() {
        assert!(
            matches!(secret(&[("ID_KEY", "arn:k"), ("ID_SECRET", "s")]).0, Source::Key(_, key) if key == "arn:k")
        );
        let given = secret(&[("ID_KEY", " "), ("ID_SECRET", "s")]);
        assert_eq!(given.reveal().await.unwrap(), b"s");
        assert_eq!(format!("{given:?}"), "IdSecret");
        assert!(secret(&[]).reveal().await.is_err());
    }
}
