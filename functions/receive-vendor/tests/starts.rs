//! The binary itself.

#[test]
fn the_binary_starts_without_configuration_and_asks_lambda_for_an_event() {
    let asked = icm_testkit::runtime::first_request(env!("CARGO_BIN_EXE_receive-vendor"));
    assert_eq!(asked.as_deref(), Some("GET /2018-06-01/runtime/invocation/next HTTP/1.1"));
}
