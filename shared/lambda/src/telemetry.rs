//! Logs: one JSON object a line, without member data.

use tracing_subscriber::EnvFilter;

/// For the main of a function: turns metrics on and starts logging in JSON to standard error, at the level of `RUST_LOG` (default `info`). A second start changes nothing.
pub fn init() {
    crate::metrics::enable();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let started = tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter)
        .with_current_span(false)
        .with_writer(std::io::stderr)
        .try_init();
    // Already started by the host process (the local stack): its subscriber stays.
    drop(started);
}

/// A member's name in logs: a keyed hash, so that lines of one member can be found together by those who hold the key
/// and the id, and by nobody else.
pub fn member_tag(key: &[u8; 32], member: &str) -> String {
    blake3::keyed_hash(key, member.as_bytes()).to_hex().as_str().chars().take(16).collect()
}

#[cfg(test)]
mod tests {
    use super::member_tag;

    #[test]
    fn a_tag_depends_on_the_key_and_does_not_show_the_member() {
        let tag = member_tag(&[1; 32], "member-1");
        assert_eq!(tag.len(), 16);
        assert_ne!(tag, member_tag(&[2; 32], "member-1"));
        assert!(!tag.contains("member"));
    }
}
