// SPDX-License-Identifier: Apache-2.0
//! Requests of other programs' making, with their verdicts: `csr.json`.

mod common;

use gmca_pki::{Name, Request};

#[test]
fn every_request_has_its_verdict() {
    let Some(cases) = common::cases("csr.json") else {
        return;
    };
    assert!(cases.len() >= 12, "the file has shrunk to {} cases", cases.len());
    let providers = common::providers();
    for case in &cases {
        let id = case["id"].as_str().unwrap();
        let der = hex::decode(case["der"].as_str().unwrap()).unwrap();
        let request = Request::from_der(&der).unwrap();
        let from_pem = Request::from_pem_or_der(case["pem"].as_str().unwrap().as_bytes()).unwrap();
        assert_eq!(request, from_pem, "{id}");
        assert_eq!(*request.subject(), Name::parse(case["subject"].as_str().unwrap()).unwrap());
        let verdict = request.verify(&providers);
        assert_eq!(verdict.is_ok(), case["result"] == "valid", "{id}: {verdict:?}");
    }
}
