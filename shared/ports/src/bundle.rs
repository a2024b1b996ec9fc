//! The ports that one function needs, under one name.

/// Names a bundle of ports: a trait that whoever has all of them has.
///
/// ```
/// icm_ports::bundle! {
///     /// What a reader of cases may do.
///     pub trait CaseReader: icm_ports::MemberRead, icm_ports::CasesRead;
/// }
/// fn takes(_: &impl CaseReader) {}
///
/// icm_ports::bundle! {
///     /// The same for somebody who keeps it: a lifetime may follow.
///     pub trait KeptReader: icm_ports::MemberRead; 'static;
/// }
/// ```
#[macro_export]
macro_rules! bundle {
    ($(#[$doc:meta])* $vis:vis trait $name:ident: $($port:path),+; $($life:lifetime;)?) => {
        $(#[$doc])*
        $vis trait $name: Sized $(+ $port)+ $(+ $life)? {}
        impl<Held> $name for Held where Held: Sized $(+ $port)+ $(+ $life)? {}
    };
}
