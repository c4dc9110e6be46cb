// SPDX-License-Identifier: Apache-2.0
//! What is written, and how.

use super::*;
use std::sync::Mutex;
use sys::sim::SetClock;

type Lines = Arc<Mutex<Vec<String>>>;

fn log(spec: &str) -> (Logging, Lines) {
    let lines = Lines::default();
    let to = Arc::clone(&lines);
    let sink = Box::new(move |line: &str| to.lock().unwrap().push(line.to_owned()));
    let clock = Arc::new(SetClock::new(sys::Timestamp(1_764_000_000)));
    (Logging::with_sink(spec.parse().unwrap(), clock, None, sink), lines)
}

fn written(spec: &str, events: impl FnOnce()) -> Vec<String> {
    let (log, lines) = log(spec);
    tracing::subscriber::with_default(log.subscriber(), events);
    let lines = lines.lock().unwrap();
    lines.clone()
}

#[test]
fn a_line_has_time_level_module_message_and_fields() {
    let lines = written("info", || {
        tracing::info!(target: "gmca_node::broadcast", channel = "ch1", height = 7u64, ok = true, "block cut");
    });
    let expected = "ts=2025-11-24T16:00:00Z level=info module=node.broadcast msg=\"block cut\" \
                    channel=ch1 height=7 ok=true\n";
    assert_eq!(lines, [expected]);
}

#[test]
fn foreign_bytes_stay_in_their_value() {
    let foreign = "a\nts=1 level=error\u{1b}[2J\u{202e}\"\\ \u{7f} 'ä'";
    let lines = written("info", || tracing::info!(target: "gmca_node", channel = foreign, "hm"));
    let line = &lines[0];
    assert_eq!(line.matches('\n').count(), 1, "{line}");
    assert!(line.bytes().all(|c| c == b'\n' || (c >= 0x20 && c != 0x7f)), "{line:?}");
    assert!(!line.contains('\u{202e}'), "{line:?}");
    assert!(
        line.contains(r#"channel="a\nts=1 level=error\u{1b}[2J\u{202e}\"\\ \u{7f} 'ä'""#),
        "{line}"
    );
}

#[test]
fn what_is_named_a_secret_is_not_written_and_what_is_long_is_cut() {
    let lines = written("info", || {
        tracing::info!(target: "gmca_node", password = "open", key_pin = 7, spin = 8, "x");
        tracing::info!(target: "gmca_node", long = "ä".repeat(5000), "y");
    });
    assert!(lines[0].ends_with("password=*** key_pin=*** spin=8\n"), "{}", lines[0]);
    assert!(lines[1].len() < 2300 && lines[1].ends_with("...\"\n"), "{}", lines[1].len());
}

#[test]
fn levels_are_by_module_and_libraries_are_quiet() {
    let all = || {
        tracing::debug!(target: "gmca_node::deliver", "1");
        tracing::debug!(target: "gmca_node::deliver::stream", "2");
        tracing::debug!(target: "gmca_node::broadcast", "3");
        tracing::warn!(target: "gmca_orderer", "4");
        tracing::info!(target: "openraft::core", "5");
        tracing::warn!(target: "openraft::core", "6");
        tracing::error!(target: "gmca_peer", "7");
        tracing::trace!(target: "gmca_node::deliver", "8");
    };
    let seen = |spec: &str| {
        let lines = written(spec, all);
        let number = |line: &String| line.split("msg=").nth(1).unwrap()[..1].to_owned();
        lines.iter().map(number).collect::<String>()
    };
    assert_eq!(seen("info"), "467");
    assert_eq!(seen("node.deliver=debug"), "12467");
    assert_eq!(seen("node.deliver.=debug"), "1467");
    assert_eq!(seen("node=payload:node.deliver.stream=error:error"), "1378");
    assert_eq!(seen("openraft=info:error"), "567");
    assert_eq!(seen("fatal"), "");
}

#[test]
fn a_change_is_seen_by_the_next_event() {
    let (log, lines) = log("error");
    tracing::subscriber::with_default(log.subscriber(), || {
        for spec in ["error", "node=debug", "info"] {
            log.set_spec(spec.parse().unwrap());
            tracing::debug!(target: "gmca_node", "{spec}");
        }
    });
    assert_eq!(lines.lock().unwrap().len(), 1);
    assert!(lines.lock().unwrap()[0].contains("msg=\"node=debug\""));
}

#[test]
fn specifications_are_read_and_written_as_fabric_does() {
    let cases = [
        ("", "info"),
        ("WARNING", "warn"),
        ("b=debug:error:a,c.=Info", "a=info:b=debug:c.=info:error"),
        ("debug:info", "info"),
    ];
    for (text, written) in cases {
        assert_eq!(text.parse::<Spec>().unwrap().to_string(), written);
    }
    let bad = [
        ("loud", "invalid logging specification 'loud': bad segment 'loud'"),
        ("a=b=info", "invalid logging specification 'a=b=info': bad segment 'a=b=info'"),
        ("=info", "invalid logging specification '=info': no logger specified in segment '=info'"),
        ("a=", "invalid logging specification 'a=': bad segment 'a='"),
        ("a..b=info", "invalid logging specification 'a..b=info': bad logger name 'a..b'"),
        ("a b=info", "invalid logging specification 'a b=info': bad logger name 'a b'"),
    ];
    for (text, why) in bad {
        assert_eq!(text.parse::<Spec>().unwrap_err().to_string(), why);
    }
}
