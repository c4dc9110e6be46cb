// SPDX-License-Identifier: Apache-2.0
//! The peer that is a program: `openssl speed`, where it is installed.
//!
//! Not here: cycles of it. It measures by its own clock, in another process.

use super::{Head, PEER, Row};
use bccsp::Suite;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

/// Something that it can measure.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub(super) op: &'static str,
    suite: Suite,
    size: usize,
    arguments: Vec<&'static str>,
    answer: Answer,
}

/// Where in its answer the number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// Bytes a second of the one size that was asked for.
    Bytes,
    /// Signatures a second.
    Signs,
    /// Verifications a second.
    Verifies,
    /// Agreements a second.
    Agrees,
}

/// Its names of what the families do with bytes, and how it is asked.
const BULK: [(&str, Suite, &[&str]); 14] = [
    ("hash", Suite::Gm, &["-evp", "sm3"]),
    ("hash", Suite::Nist, &["-evp", "sha256"]),
    ("GCM seal", Suite::Gm, &["-evp", "sm4-gcm"]),
    ("GCM seal", Suite::Nist, &["-evp", "aes-128-gcm"]),
    ("CTR", Suite::Gm, &["-evp", "sm4-ctr"]),
    ("CTR", Suite::Nist, &["-evp", "aes-128-ctr"]),
    ("ECB encrypt", Suite::Gm, &["-evp", "sm4-ecb"]),
    ("ECB encrypt", Suite::Nist, &["-evp", "aes-128-ecb"]),
    ("CBC encrypt", Suite::Gm, &["-evp", "sm4-cbc"]),
    ("CBC encrypt", Suite::Nist, &["-evp", "aes-128-cbc"]),
    ("CBC decrypt", Suite::Gm, &["-decrypt", "-evp", "sm4-cbc"]),
    ("CBC decrypt", Suite::Nist, &["-decrypt", "-evp", "aes-128-cbc"]),
    ("CCM seal", Suite::Gm, &["-evp", "sm4-ccm"]),
    ("CCM seal", Suite::Nist, &["-evp", "aes-128-ccm"]),
];

/// All that is asked; nothing where the program is not there.
pub(super) fn questions(sizes: &[usize]) -> Vec<Question> {
    if version().is_none() {
        return Vec::new();
    }
    let keyed = [
        ("sign", Suite::Gm, "sm2", Answer::Signs),
        ("verify", Suite::Gm, "sm2", Answer::Verifies),
        ("sign", Suite::Nist, "ecdsap256", Answer::Signs),
        ("verify", Suite::Nist, "ecdsap256", Answer::Verifies),
        ("agree", Suite::Nist, "ecdhp256", Answer::Agrees),
    ];
    // It signs digests, of 20 or 32 bytes.
    let of_keys = keyed.into_iter().map(|(op, suite, name, answer)| Question {
        op,
        suite,
        size: 32,
        arguments: vec![name],
        answer,
    });
    let of_bytes = BULK.into_iter().flat_map(|(op, suite, arguments)| {
        let question = move |size: &usize| Question {
            op,
            suite,
            size: *size,
            arguments: arguments.to_vec(),
            answer: Answer::Bytes,
        };
        sizes.iter().map(question)
    });
    of_keys.chain(of_bytes).collect()
}

/// How long it measures for: whole seconds.
pub(super) fn at_least(seconds: Duration) -> Duration {
    Duration::from_secs(seconds.as_secs_f64().ceil().max(1.0) as u64)
}

/// Asks it; no row where this build of it cannot do that.
pub(super) fn ask(question: &Question, seconds: Duration) -> Option<Row> {
    let seconds = at_least(seconds).as_secs().to_string();
    let mut command = Command::new("openssl");
    command.args(["speed", "-mr", "-seconds", &seconds]);
    if question.answer == Answer::Bytes {
        command.args(["-bytes", &question.size.to_string()]);
    }
    command.args(&question.arguments).stdin(Stdio::null()).stderr(Stdio::null());
    let output = command.output().ok()?;
    let per_s = read(&String::from_utf8_lossy(&output.stdout), question)?;
    let engine = format!("{PEER}{}", version()?);
    let Question { op, suite, size, .. } = *question;
    let head = Head { op, suite, engine, level: String::new(), size };
    Some(Row::new(head, per_s, None))
}

/// The number of operations a second in lines such as `+F:25:sm3:419579848.65` (bytes a second) and
/// `+F4:3:256:69077.08:24002.44` (signatures and verifications a second).
fn read(text: &str, question: &Question) -> Option<f64> {
    let (start, from_the_end) = match question.answer {
        Answer::Bytes => ("+F:", 0),
        Answer::Signs => ("+F", 1),
        Answer::Verifies => ("+F", 0),
        Answer::Agrees => ("+F", 1),
    };
    let line = text.lines().find(|line| line.starts_with(start))?;
    let number: f64 = line.rsplit(':').nth(from_the_end)?.trim().parse().ok()?;
    // Some versions tell the seconds of one in place of how many in a second.
    let number = if number < 1.0 { number.recip() } else { number };
    let per_s =
        if question.answer == Answer::Bytes { number / question.size as f64 } else { number };
    per_s.is_finite().then_some(per_s).filter(|per_s| *per_s > 0.0)
}

/// "OpenSSL 3.0.19", if it is installed.
fn version() -> Option<&'static str> {
    static VERSION: OnceLock<Option<String>> = OnceLock::new();
    let ask = || {
        let output = Command::new("openssl").arg("version").stderr(Stdio::null()).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        let words: Vec<&str> = text.split_whitespace().take(2).collect();
        (words.len() == 2).then(|| words.join(" "))
    };
    VERSION.get_or_init(ask).as_deref()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(answer: Answer) -> Question {
        Question { op: "hash", suite: Suite::Gm, size: 1024, arguments: Vec::new(), answer }
    }

    #[test]
    fn its_answers_are_read() {
        let bytes = "+H:1024\n+F:25:sm3:419579848.65\n";
        let signs = "+F4:3:256:69077.083333:24002.439024\n";
        let named = "+F7:0:256:CurveSM2:4093.023256:4554.761905\n";
        let agrees = "+F5:3:256:30445.714286:0.000033\n";
        let read = |text, answer| read(text, &question(answer)).unwrap().round();
        assert_eq!(read(bytes, Answer::Bytes), 409_746.0);
        assert_eq!(read(signs, Answer::Signs), 69_077.0);
        assert_eq!(read(signs, Answer::Verifies), 24_002.0);
        assert_eq!(read(named, Answer::Signs), 4_093.0);
        assert_eq!(read(agrees, Answer::Agrees), 30_446.0);
        assert_eq!(read("+F4:0:256:0.00002:0.00004\n", Answer::Verifies), 25_000.0);
    }

    #[test]
    fn what_is_no_answer_is_none() {
        for text in
            ["", "+H:1024\n", "+F:25:sm3:\n", "+F:25:sm3:nan\n", "+F:25:sm3:-1\n", "+F", "+F:"]
        {
            assert_eq!(read(text, &question(Answer::Bytes)), None, "{text}");
        }
    }
}
