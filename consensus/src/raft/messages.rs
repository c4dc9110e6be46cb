// SPDX-License-Identifier: Apache-2.0
//! Messages between consenters, in our own bytes: a byte of version, one of kind, for a request the
//! ids of sender and receiver (0: none yet), then fields. One form for each value; anything else is
//! refused.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

use super::elements::Stored;
use super::fields::{Malformed, Reader, Writer};
use super::types::{Entry, LogId, Vote};
use crate::{Answer, Member, Refusal};
use proto::Bytes;

/// The form of the bytes.
const VERSION: u8 = 1;

/// A request, with who sends it to whom.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Message {
    /// Id of the sender; of one that joins, the id that it would like to have.
    pub(crate) from: u64,
    /// Id that the receiver is expected to have.
    pub(crate) to: u64,
    pub(crate) request: Request,
}

/// What one consenter asks of another.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Request {
    /// Entries of a leader, or none as a heartbeat.
    Append { vote: Vote, previous: Option<LogId>, commit: Option<LogId>, entries: Vec<Entry> },
    /// For a vote.
    Vote(Ballot),
    /// Whether it would vote.
    PreVote(Ballot),
    /// To pull blocks up to a height and go on behind it.
    Snapshot { vote: Vote, snapshot: Snapshot },
    /// To stand for election, or to let another.
    Transfer { vote: Vote, to: u64, last: Option<LogId> },
    /// To order these envelopes.
    Submit(Vec<Bytes>),
    /// To remember that the sender founds the channel, with a number that nobody else has.
    Found { token: u64 },
    /// To be taken in as a learner. The chain of the sender has that height.
    Join { height: u64 },
}

/// Who asks for a vote, and how far its log goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ballot {
    pub(crate) vote: Vote,
    pub(crate) last: Option<LogId>,
    pub(crate) transfer: bool,
}

/// What stands for the log up to an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Snapshot {
    pub(crate) last: Option<LogId>,
    pub(crate) membership: Stored,
    pub(crate) reach: Reach,
}

/// How far the chain went at a snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reach {
    /// Number of the next block.
    pub(crate) height: u64,
    /// Hash of the last block's header.
    pub(crate) tip: Bytes,
    /// The next id of a node.
    pub(crate) next_id: u64,
}

/// What a consenter answers to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// All entries are on its disk.
    Appended,
    /// Entries up to that one are.
    AppendedTo(Option<LogId>),
    /// The entry before them is not what the leader thinks.
    Conflict,
    /// It knows a later leader.
    HigherVote(Vote),
    /// Its vote, and how far its log goes.
    Voted { vote: Vote, granted: bool, last: Option<LogId> },
    /// The snapshot is installed, or not, by its vote.
    Installed { vote: Vote },
    /// Blocks are being pulled; ask again.
    Pulling,
    /// It will stand for election, or let another.
    Transferring,
    /// It will not: its vote or its log is another.
    NotTransferring,
    /// One for each envelope.
    Answers(Vec<Answer>),
    /// It does not lead; nothing was done.
    NotLeader,
    /// It does not lead; that one does, as far as it knows.
    LeaderIs(Member),
    /// It remembers the founder; its own number, 0 when it founds nothing.
    Recorded { token: u64 },
    /// The sender has founded the channel before, and has lost what it knew.
    Lost,
    /// The sender is taken in, under the id that it asked for.
    Joined,
    /// The sender is to ask again, under that id.
    NextId(u64),
    /// The leader will take the sender in; ask again.
    Pending,
    /// The id of the sender is no longer in the membership, and will never be again.
    Removed,
    /// It cannot or will not, and why.
    Refused(String),
}

impl Message {
    pub(crate) fn encode(&self) -> Bytes {
        let mut out = Writer::default();
        out.byte(VERSION).byte(self.request.kind()).number(self.from).number(self.to);
        self.request.write(&mut out);
        out.finish()
    }

    pub(crate) fn decode(bytes: &Bytes) -> Result<Self, Malformed> {
        let mut from = Reader::new(bytes);
        version(&mut from)?;
        let kind = from.byte()?;
        let (sender, to) = (from.number()?, from.number()?);
        let request = Request::read(kind, &mut from)?;
        from.end()?;
        Ok(Self { from: sender, to, request })
    }
}

fn version(from: &mut Reader) -> Result<(), Malformed> {
    match from.byte()? {
        VERSION => Ok(()),
        0 => Err(Malformed::Wrong("it has version 0, which never was")),
        _ => Err(Malformed::Wrong("it has a version that this program does not know; update it")),
    }
}

impl Request {
    const fn kind(&self) -> u8 {
        match self {
            Self::Append { .. } => 1,
            Self::Vote(_) => 2,
            Self::PreVote(_) => 3,
            Self::Snapshot { .. } => 4,
            Self::Transfer { .. } => 5,
            Self::Submit(_) => 6,
            Self::Found { .. } => 7,
            Self::Join { .. } => 8,
        }
    }

    fn write(&self, out: &mut Writer) {
        let _ = match self {
            Self::Append { vote, previous, commit, entries } => {
                out.vote(vote);
                place(out, previous.as_ref());
                place(out, commit.as_ref());
                out.list(entries, |out, entry| {
                    out.entry(entry);
                })
            }
            Self::Vote(ballot) | Self::PreVote(ballot) => {
                out.vote(&ballot.vote);
                place(out, ballot.last.as_ref()).flag(ballot.transfer)
            }
            Self::Snapshot { vote, snapshot } => {
                out.vote(vote);
                snapshot.write(out)
            }
            Self::Transfer { vote, to, last } => place(out.vote(vote).number(*to), last.as_ref()),
            Self::Submit(envelopes) => out.list(envelopes, |out, envelope| {
                out.bytes(envelope);
            }),
            Self::Found { token: number } | Self::Join { height: number } => out.number(*number),
        };
    }

    fn read(kind: u8, from: &mut Reader) -> Result<Self, Malformed> {
        Ok(match kind {
            1 => Self::Append {
                vote: from.vote()?,
                previous: from.option(Reader::log_id)?,
                commit: from.option(Reader::log_id)?,
                entries: from.list(Reader::entry)?,
            },
            2 => Self::Vote(Ballot::read(from)?),
            3 => Self::PreVote(Ballot::read(from)?),
            4 => Self::Snapshot { vote: from.vote()?, snapshot: Snapshot::read(from)? },
            5 => Self::Transfer {
                vote: from.vote()?,
                to: from.number()?,
                last: from.option(Reader::log_id)?,
            },
            6 => Self::Submit(from.list(Reader::bytes)?),
            7 => Self::Found { token: from.number()? },
            8 => Self::Join { height: from.number()? },
            _ => {
                return Err(Malformed::Wrong(
                    "it asks for what this program does not know; update it",
                ));
            }
        })
    }
}

fn place<'a>(out: &'a mut Writer, id: Option<&LogId>) -> &'a mut Writer {
    out.option(id, |out, id| {
        out.log_id(id);
    })
}

impl Ballot {
    fn read(from: &mut Reader) -> Result<Self, Malformed> {
        let (vote, last) = (from.vote()?, from.option(Reader::log_id)?);
        Ok(Self { vote, last, transfer: from.flag()? })
    }
}

impl Snapshot {
    pub(crate) fn write<'a>(&self, out: &'a mut Writer) -> &'a mut Writer {
        place(out, self.last.as_ref()).stored(&self.membership);
        let reach = &self.reach;
        out.number(reach.height).bytes(&reach.tip).number(reach.next_id)
    }

    pub(crate) fn read(from: &mut Reader) -> Result<Self, Malformed> {
        let (last, membership) = (from.option(Reader::log_id)?, from.stored()?);
        let (height, tip, next_id) = (from.number()?, from.bytes()?, from.number()?);
        Ok(Self { last, membership, reach: Reach { height, tip, next_id } })
    }
}

impl Reply {
    pub(crate) fn encode(&self) -> Bytes {
        let mut out = Writer::default();
        out.byte(VERSION).byte(self.kind());
        self.write(&mut out);
        out.finish()
    }

    pub(crate) fn decode(bytes: &Bytes) -> Result<Self, Malformed> {
        let mut from = Reader::new(bytes);
        version(&mut from)?;
        let kind = from.byte()?;
        let reply = Self::read(kind, &mut from)?;
        from.end()?;
        Ok(reply)
    }

    const fn kind(&self) -> u8 {
        match self {
            Self::Appended => 1,
            Self::AppendedTo(_) => 2,
            Self::Conflict => 3,
            Self::HigherVote(_) => 4,
            Self::Voted { .. } => 5,
            Self::Installed { .. } => 6,
            Self::Pulling => 7,
            Self::Transferring => 8,
            Self::NotTransferring => 9,
            Self::Answers(_) => 10,
            Self::NotLeader => 11,
            Self::Recorded { .. } => 12,
            Self::Lost => 13,
            Self::Joined => 14,
            Self::NextId(_) => 15,
            Self::Pending => 16,
            Self::Removed => 17,
            Self::Refused(_) => 18,
            Self::LeaderIs(_) => 19,
        }
    }

    fn write(&self, out: &mut Writer) {
        match self {
            Self::AppendedTo(last) => drop(place(out, last.as_ref())),
            Self::HigherVote(vote) | Self::Installed { vote } => drop(out.vote(vote)),
            Self::Voted { vote, granted, last } => {
                place(out.vote(vote).flag(*granted), last.as_ref());
            }
            Self::Answers(answers) => drop(out.list(answers, write_answer)),
            Self::Recorded { token: number } | Self::NextId(number) => drop(out.number(*number)),
            Self::Refused(why) => drop(out.bytes(why.as_bytes())),
            Self::LeaderIs(Member { host, port, key }) => {
                out.bytes(host.as_bytes()).number(u64::from(*port)).bytes(key);
            }
            _ => {}
        }
    }

    fn read(kind: u8, from: &mut Reader) -> Result<Self, Malformed> {
        Ok(match kind {
            2 => Self::AppendedTo(from.option(Reader::log_id)?),
            4 => Self::HigherVote(from.vote()?),
            5 => Self::Voted {
                vote: from.vote()?,
                granted: from.flag()?,
                last: from.option(Reader::log_id)?,
            },
            6 => Self::Installed { vote: from.vote()? },
            10 => Self::Answers(from.list(read_answer)?),
            12 => Self::Recorded { token: from.number()? },
            15 => Self::NextId(from.number()?),
            18 => Self::Refused(from.text()?),
            19 => {
                let (host, port, key) = (from.text()?, from.number()?, from.bytes()?);
                let port =
                    u16::try_from(port).map_err(|_| Malformed::Wrong("it has no such port"))?;
                Self::LeaderIs(Member { host, port, key })
            }
            _ => return Self::bare(kind),
        })
    }

    /// Those without fields.
    fn bare(kind: u8) -> Result<Self, Malformed> {
        Ok(match kind {
            1 => Self::Appended,
            3 => Self::Conflict,
            7 => Self::Pulling,
            8 => Self::Transferring,
            9 => Self::NotTransferring,
            11 => Self::NotLeader,
            13 => Self::Lost,
            14 => Self::Joined,
            16 => Self::Pending,
            17 => Self::Removed,
            _ => {
                let why = "it answers what this program does not know; update it";
                return Err(Malformed::Wrong(why));
            }
        })
    }
}

fn write_answer(out: &mut Writer, answer: &Answer) {
    let (kind, why) = match answer {
        Answer::Ordered { block } => {
            out.byte(0).number(*block);
            return;
        }
        Answer::Unknown(why) => (1, why),
        Answer::Refused(Refusal::BadRequest(why)) => (2, why),
        Answer::Refused(Refusal::Forbidden(why)) => (3, why),
        Answer::Refused(Refusal::NotFound(why)) => (4, why),
        Answer::Refused(Refusal::Unavailable(why)) => (5, why),
    };
    out.byte(kind).bytes(why.as_bytes());
}

fn read_answer(from: &mut Reader) -> Result<Answer, Malformed> {
    Ok(match from.byte()? {
        0 => Answer::Ordered { block: from.number()? },
        1 => Answer::Unknown(from.text()?),
        2 => Answer::Refused(Refusal::BadRequest(from.text()?)),
        3 => Answer::Refused(Refusal::Forbidden(from.text()?)),
        4 => Answer::Refused(Refusal::NotFound(from.text()?)),
        5 => Answer::Refused(Refusal::Unavailable(from.text()?)),
        _ => {
            return Err(Malformed::Wrong("an answer is of a kind that this program does not know"));
        }
    })
}
