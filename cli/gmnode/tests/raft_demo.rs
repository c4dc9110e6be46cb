// SPDX-License-Identifier: Apache-2.0
//! `gmnode raft-demo`: what it tells, always the same for a seed, and what it refuses.

mod run;

use run::Session;

#[test]
fn a_story_that_ends_well() {
    let session = Session::new();
    let told = session.run(&["raft-demo"]).yes();
    for part in [
        "A B C D E start with empty logs",
        "stands for election in term",
        "answers: \"Alice pays Bob 5\" is in block 1",
        "starts again from its disk",
        "The network is cut, 3 to 2",
        "nobody can say what becomes of \"Carol pays Dave 9\"",
        "and leads no more",
        "block 3: \"Carol pays Alice 1\"",
        "is in it: yes",
        "nobody was told that, is not",
    ] {
        assert!(told.contains(part), "`{part}` is missing in:\n{told}");
    }
    assert_eq!(told.matches("4 blocks").count(), 5);
    assert_eq!(session.run(&["raft-demo"]).yes(), told, "the same seed tells the same");
    let other = session.run(&["raft-demo", "--seed", "2"]).yes();
    assert_ne!(other, told);
}

#[test]
fn every_size_and_either_family() {
    let session = Session::new();
    for (nodes, partition) in [("3", "2/1"), ("4", "1/3"), ("7", "5/2")] {
        for suite in ["gm", "nist"] {
            for seed in 1..3 {
                let seed = seed.to_string();
                let told = session
                    .run(&[
                        "raft-demo",
                        "--nodes",
                        nodes,
                        "--partition",
                        partition,
                        "--suite",
                        suite,
                        "--seed",
                        &seed,
                    ])
                    .yes();
                assert!(told.contains("One chain on all nodes"), "{nodes} {partition}: {told}");
            }
        }
    }
}

#[test]
fn what_cannot_be_cut() {
    let session = Session::new();
    let refused =
        |partition: &str| session.run(&["raft-demo", "--partition", partition]).could_not();
    assert!(refused("3-2").contains("two numbers are wanted, such as 3/2"));
    assert!(refused("3/3").contains("not the 5 nodes"));
    assert!(refused("5/0").contains("none empty"));
    assert!(session.run(&["raft-demo", "--nodes", "2"]).is_refusal());
}
