//! The subcommands of `icm`, one module each: read arguments, call the library, print the result.
