//! The ports that one function needs, under one name.

/// Names a bundle of ports: a trait that whoever has all of them has.
///
/// ```
/// icm_ports::bundle! {
///     /// What a reader of cases may do.
///     pub trait CaseReader: icm_ports::MemberRead, icm_ports::CasesRead;
/// }
/// fn takes(_: &impl CaseReader) {}
/// ```
#[macro_export]
macro_rules! bundle {
    ($(#[$doc:meta])* $vis:vis trait $name:ident: $($port:path),+;) => {
        $(#[$doc])*
        $vis trait $name: Sized $(+ $port)+ {}
        impl<Held> $name for Held where Held: Sized $(+ $port)+ {}
    };
}
