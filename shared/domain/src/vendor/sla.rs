//! The clocks on an offer (FACTS §6.1, §8).

use crate::coded::coded;

coded! {
    /// What a clock on an offer asks for.
    pub enum SlaStep {
        /// Not even received after 4 hours: warn a person.
        Warn = "WARN",
        /// No business answer after 2 business days: send the same offer once more.
        Resend = "RESEND",
        /// Still no answer: escalate to a person.
        Escalate = "ESCALATE",
        /// Still none: cancel and ask the next vendor.
        NextVendor = "NEXT_VENDOR",
    }
}
