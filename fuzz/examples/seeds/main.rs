// SPDX-License-Identifier: Apache-2.0
//! Makes the inputs that fuzzing starts from, by our own writers: one small file for each form.
//! Run it in this folder: `cargo run --example seeds -- TARGET` replaces the files of that target,
//! without one all of them.

mod network;

use bccsp::encoding::pbes2::{self, Protection};
use bccsp::encoding::private_key;
use bccsp::encoding::sm2_enveloped_key;
use bccsp::{Context, EngineChoice, Providers, SigningKey, Suite, seal};
use block::{Block, Proof, Proposal, Request};
use channel::{Channel, Edit, HASH_SWITCH, update, wire};
use consensus::raft::{Encoding, LogId, Membership, Vote};
use consensus::{Batch, Member};
use gmca_fuzz::{fabric_config, key_material, open_config, providers, state};
use ledger::log::{self, SegmentLog};
use ledger::mvcc::Candidate;
use ledger::simulator::Simulator;
use ledger::{ChainBlock as _, Ledger};
use msp::{Contents, MetaPolicy, MspFolder, Place, Policy, Principal, SignaturePolicy};
use pki::extension::{
    BasicConstraints, ExtendedKeyUsage, GeneralName, KeyUsage, NameConstraints, ReasonCode,
    SubjectAltName, TypedExtension,
};
use pki::{
    Certificate, CertificateBuilder, Crl, CrlBuilder, Name, RequestBuilder, RevokedEntry, Time, oid,
};
use proto::common::OrdererBlockMetadata;
use proto::prost::Message;
use proto::protos::{ChaincodeAction, Response, TxValidationCode};
use std::error::Error;
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use sys::sim::MemoryDisk;
use sys::{Disk, Volume};

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result {
    for suite in Suite::ALL {
        let key = providers().signing_key(&key_material(suite))?;
        let (root, leaf) = certificates(&*key)?;
        objects(suite, &*key, &root, &leaf)?;
        keys(suite, &*key)?;
        folder(suite, &root, &leaf)?;
        definition(suite, &root, &leaf)?;
    }
    sealed_messages()?;
    paths()?;
    policies()?;
    blocks()?;
    proofs()?;
    sets()?;
    segments()?;
    agreement()?;
    consenters()?;
    snapshots()?;
    configurations()?;
    packages()?;
    messages()?;
    network::all()?;
    texts()
}

fn put(target: &str, name: &str, bytes: impl AsRef<[u8]>) -> Result {
    if std::env::args().nth(1).is_some_and(|only| only != target) {
        return Ok(());
    }
    let dir = Path::new("seeds").join(target);
    fs::create_dir_all(&dir)?;
    Ok(fs::write(dir.join(name), bytes)?)
}

/// Messages and bags of both families, and files for the doctor.
fn sealed_messages() -> Result {
    let (from, until) =
        (Time::parse("2026-01-01").ok_or("time")?, Time::parse("2036-01-01").ok_or("time")?);
    for suite in Suite::ALL {
        let key = providers().signing_key(&key_material(suite))?;
        let public = *key.verifying_key().public_key();
        let name = Name::parse("/CN=x")?;
        let certificate =
            CertificateBuilder::new(&name, &public, &[1], from, until).sign_self(&*key)?;
        let dialect = cms::Dialect::of(suite);
        let signers = [cms::Signer { key: &*key, certificate: &certificate }];
        let options = cms::SignOptions::of(dialect);
        let file = |kind: &str| format!("{}-{kind}.der", suite.name());
        let signed = cms::sign(providers(), &signers, b"content", &options)?;
        put("cms", &file("signed"), &signed)?;
        let to = [&certificate];
        put("cms", &file("enveloped"), cms::encrypt(providers(), &to, b"content", dialect)?)?;
        let both = cms::sign_and_encrypt(providers(), &signers, &to, b"content", &options)?;
        put("cms", &file("both"), both)?;
        let bag = cms::pkcs12::Options {
            name: Some("x".to_owned()),
            protection: Protection::of(suite),
            iterations: 1,
        };
        let password = bccsp::SecretBytes::copy_from(b"password");
        let material = key_material(suite);
        let certificates = [certificate.clone()];
        let bag = cms::pkcs12::write(providers(), &material, &certificates, &password, &bag)?;
        put("pkcs12", &file("bag"), bag)?;
        let signature = key.sign(Context::X509, &[b"message"])?;
        let files = [&[2], signature.as_ref(), &[0xff, 1], b"message"].concat();
        put("doctor", &file("signature"), files)?;
        put("doctor", &file("message"), [&[0], &signed[..]].concat())?;
    }
    Ok(())
}

/// Root, CA and leaf as the target `path` reads them, with lists of both CAs.
fn paths() -> Result {
    let root = [0, 0, 0x87, 0, 0, 0, 0, 0x41];
    let ca = [1, 1, 0x87, 0, 0, 0, 2, 0x41];
    let leaf = [6, 6, 0x40, 0, 0, 0, 1, 0];
    put("path", "chain.bin", [root, ca, leaf].concat())
}

fn time(text: &str) -> Result<Time> {
    Ok(Time::parse(text).ok_or("no time")?)
}

/// A root with everything in it that a path is checked for, and a member below it.
fn certificates(key: &dyn SigningKey) -> Result<(Certificate, Certificate)> {
    let public = key.verifying_key().public_key();
    let name = Name::parse("/C=CN/ST=北京/O=Org1+OU=CA/CN=ca.org1")?;
    let (from, until) = (time("2026-01-01")?, time("2060-01-01")?);
    let constraints = NameConstraints {
        permitted: vec![GeneralName::Dns("org1".to_owned()), GeneralName::Directory(Name::empty())],
        excluded: vec![GeneralName::Email("bad.org1".to_owned())],
    };
    let root = CertificateBuilder::new(&name, public, &[1], from, until)
        .extension(BasicConstraints { ca: true, path_len: Some(1) }.extension(true))
        .extension((KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN).extension(true))
        .extension(constraints.extension(true))
        .subject_key_id(providers())?
        .sign_self(key)?;
    let subject = Name::parse("/C=CN/O=Org1/OU=peer/CN=peer0.org1")?;
    let names = SubjectAltName(vec![
        GeneralName::Dns("peer0.org1".to_owned()),
        GeneralName::Ip(vec![127, 0, 0, 1]),
        GeneralName::Uri("https://peer0.org1/".to_owned()),
    ]);
    let leaf = CertificateBuilder::new(&subject, public, &[0x80, 1], from, until)
        .extension(KeyUsage::DIGITAL_SIGNATURE.extension(true))
        .extension(ExtendedKeyUsage(vec![oid::SERVER_AUTH, oid::CLIENT_AUTH]).extension(false))
        .extension(names.extension(false))
        .authority_key_id(providers(), &root)?
        .sign(&name, key)?;
    Ok((root, leaf))
}

fn revocations(key: &dyn SigningKey, root: &Certificate, leaf: &Certificate) -> Result<Crl> {
    let entry = RevokedEntry {
        serial: leaf.serial().to_vec(),
        date: time("2026-02-01")?,
        reason: ReasonCode::KeyCompromise,
        invalidity: Some(time("2026-01-15")?),
    };
    let until = time("2060-01-01")?;
    let crl = CrlBuilder::new(providers(), root, 7, time("2026-02-01")?, until)?;
    Ok(crl.revoke(entry).sign(key)?)
}

fn objects(suite: Suite, key: &dyn SigningKey, root: &Certificate, leaf: &Certificate) -> Result {
    put("certificate", &format!("{suite}-root.der"), root.as_der())?;
    put("certificate", &format!("{suite}-leaf.pem"), leaf.to_pem())?;
    put("name", &format!("{suite}-root.der"), root.subject().as_der())?;
    let crl = revocations(key, root, leaf)?;
    put("crl", &format!("{suite}.der"), crl.as_der())?;
    put("crl", &format!("{suite}.pem"), crl.to_pem())?;
    let request = RequestBuilder::new(leaf.subject())
        .extension(SubjectAltName(vec![GeneralName::Dns("a".to_owned())]).extension(false))
        .sign(key)?;
    put("request", &format!("{suite}.der"), request.as_der())?;
    put("request", &format!("{suite}.pem"), request.to_pem())?;
    let text = format!("text\r\n{}between\r\n{}", leaf.to_pem(), crl.to_pem());
    put("pem", &format!("{suite}-two.pem"), text)
}

fn keys(suite: Suite, key: &dyn SigningKey) -> Result {
    let provider = providers().get(suite)?;
    let material = key.export()?;
    put("private_key", &format!("{suite}-pkcs8.pem"), private_key::encode(&material)?.expose())?;
    put(
        "private_key",
        &format!("{suite}-sec1.pem"),
        private_key::encode_sec1(&material)?.expose(),
    )?;
    let pkcs8 = bccsp::encoding::pkcs8::encode(&material)?;
    put("private_key", &format!("{suite}-pkcs8.der"), pkcs8.expose())?;
    let protection = Protection::of(suite);
    let protected = pbes2::encrypt(providers(), &pkcs8, b"password", protection, 1)?;
    put("pbes2", &format!("{suite}.der"), protected)?;
    let public = key.verifying_key().public_key();
    put("spki", &format!("{suite}.der"), bccsp::encoding::spki::encode(public))?;
    put("signature", &format!("{suite}.der"), key.sign(Context::Fabric, &[b"message"])?)?;
    let recipient = providers().encryption_key(public)?;
    put("signature", &format!("{suite}-ciphertext.der"), recipient.encrypt(b"16 bytes of text")?)?;
    if suite == Suite::Gm {
        let envelope = sm2_enveloped_key::make(&**provider, &*recipient, &material)?;
        put("signature", "enveloped.der", envelope)?;
    }
    let mut sealed = Vec::new();
    seal::encrypt(&**provider, &*recipient, &mut &b"content"[..], &mut sealed)?;
    put("sealed", &format!("{suite}.bin"), sealed)
}

/// The files of a folder in the form that the target reads.
fn folder(suite: Suite, root: &Certificate, leaf: &Certificate) -> Result {
    let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new(1 << 20));
    let contents = Contents {
        admins: vec![leaf.clone()],
        signer: Some(leaf.clone()),
        key: Some(key_material(suite)),
        crls: vec![revocations(&*providers().signing_key(&key_material(suite))?, root, leaf)?],
        ..Contents::new(vec![root.clone()])
    };
    let written = contents.write(&disk, &Arc::new(providers().clone()), Path::new("m"))?;
    let mut seed = Vec::new();
    for path in written {
        let place = path.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        let place = Place::ALL.iter().position(|one| Some(one.folder()) == place);
        file(&mut seed, place.unwrap_or(Place::ALL.len()), &disk.read(&path)?)?;
    }
    put("msp", &format!("{suite}.bin"), &seed)?;
    let config = contents.with_node_ous().config.unwrap_or_default().to_yaml();
    let config = config.replace("ca.org1-cert.pem", "0.pem");
    file(&mut seed, Place::ALL.len(), config.as_bytes())?;
    put("msp", &format!("{suite}-roles.bin"), seed)
}

fn definition(suite: Suite, root: &Certificate, leaf: &Certificate) -> Result {
    let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new(1 << 20));
    let contents = Contents {
        admins: vec![leaf.clone()],
        tls_ca_certificates: vec![root.clone()],
        crls: vec![revocations(&*providers().signing_key(&key_material(suite))?, root, leaf)?],
        ..Contents::new(vec![root.clone()])
    };
    let path = Path::new("m");
    contents.with_node_ous().write(&disk, &Arc::new(providers().clone()), path)?;
    let folder = MspFolder::read(&*disk, providers(), path)?;
    put("msp_config", &format!("{suite}.bin"), folder.definition(providers(), "Org1")?.to_proto())
}

fn policies() -> Result {
    for (name, text) in [
        (
            "nested",
            "OR(AND('Org1MSP.peer', \"Org2.x-y.admin\"), OutOf(2, 'A.client', 'B.orderer', 'C.member'))",
        ),
        ("one", "Or('Org1MSP.member')"),
    ] {
        let policy = SignaturePolicy::parse(text)?;
        put("policy", &format!("{name}.txt"), text)?;
        put("policy", &format!("{name}.bin"), policy.to_proto().encode_to_vec())?;
        put(
            "policy",
            &format!("{name}-policy.bin"),
            Policy::from(policy).to_proto().encode_to_vec(),
        )?;
    }
    let meta = "MAJORITY Admins";
    put("policy", "meta.txt", meta)?;
    put("policy", "meta.bin", Policy::from(MetaPolicy::parse(meta)?).to_proto().encode_to_vec())?;
    let unit = |certifiers: &'static [u8]| Principal::OrganizationalUnit {
        msp_id: "Org1".to_owned(),
        unit: "unit".to_owned(),
        certifiers: certifiers.into(),
    };
    let parts = vec![
        unit(b""),
        unit(b"hash"),
        Principal::Identity("x".into()),
        Principal::Nominal,
        Principal::Anonymous,
    ];
    let all = SignaturePolicy::SignedBy(Principal::Combined(parts));
    put("policy", "principals.bin", all.to_proto().encode_to_vec())
}

fn file(seed: &mut Vec<u8>, place: usize, content: &[u8]) -> Result {
    seed.push(u8::try_from(place)?);
    seed.extend(u16::try_from(content.len())?.to_be_bytes());
    seed.extend(content);
    Ok(())
}

/// A segment with five records, in the places that the target knows: the last, torn, and one
/// before the last; as it is, and with checksums to be made good.
fn segments() -> Result {
    let disk: Arc<dyn Volume> = Arc::new(MemoryDisk::new(1 << 20));
    let options = log::Options { segment_size: 1 << 12, salt: 3 };
    let mut made = SegmentLog::open(&disk, Path::new("l"), 1, options, 0)?;
    for number in 0..5_u8 {
        made.append(&[&[number; 20], &vec![0; usize::from(number)]])?;
        made.sync()?;
    }
    let segment = disk.read(Path::new("l/00000000000000000000.seg"))?;
    for (name, how) in [("last", 1), ("good", 3), ("closed", 0x50), ("index", 0x54)] {
        put("segment", &format!("{name}.bin"), [&[how], &segment[..]].concat())?;
    }
    put("segment", "torn.bin", [&[1], &segment[..segment.len() - 5]].concat())
}

/// A message between consenters of each kind.
fn consenters() -> Result {
    for (name, bytes) in consensus::raft::testing::samples() {
        put("consenters", &format!("{name}.bin"), bytes)?;
    }
    Ok(())
}

/// What nodes that agree keep and tell each other: each kind of entry, a vote, a log id; and a log
/// of two groups with a record of each kind, each behind its length.
fn agreement() -> Result {
    let member = |number: u64| Member {
        host: format!("orderer{number}"),
        port: 7050,
        key: vec![7; 3].into(),
    };
    let nodes: std::collections::BTreeMap<_, _> =
        (1..4).map(|number| (number, member(number).into())).collect();
    let voters = vec![[1, 2].into(), [1, 2, 3].into()];
    let membership = Membership::new(voters, nodes)?.encode();
    let batch = Batch::normal(4, vec!["one".into(), "two".into()]).encode();
    let config = Batch::config(5, "config".into()).encode();
    let head = |kind: u8| [&[0, 1, kind][..], &[0, 0, 0, 0, 0, 0, 0, 1].repeat(2)].concat();
    put("entry", "blank.bin", head(0))?;
    put("entry", "batch.bin", [&head(1)[..], &batch].concat())?;
    put("entry", "config.bin", [&head(1)[..], &config].concat())?;
    put("entry", "membership.bin", [&head(2)[..], &membership].concat())?;
    put("entry", "bare.bin", [&[1][..], &membership].concat())?;
    put("entry", "vote.bin", [&[2][..], &Vote::new_committed(7, 2).encode()].concat())?;
    put("entry", "id.bin", [&[3][..], &LogId::new_term_index(7, 2).encode()].concat())?;
    let place = |index: u8| [&[index][..], &[0; 7], &[1], &[0; 7]].concat();
    let record = |kind: u8, group: u8, rest: &[u8]| {
        let record = [&[1, kind, group, 0, 0, 0][..], rest].concat();
        [&u16::try_from(record.len()).unwrap_or_default().to_be_bytes()[..], &record].concat()
    };
    let entry = |kind: u8, index: u8| record(kind, 0, &[&place(index)[..], &[1, 42]].concat());
    let records = [
        record(0, 0, b"one"),
        record(0, 1, b"two"),
        entry(1, 0),
        entry(1, 1),
        entry(1, 2),
        entry(2, 1),
        record(3, 0, &place(2)[..8]),
        record(4, 0, &place(0)),
        record(5, 0, b"vote"),
        record(6, 0, &place(1)),
        record(6, 1, &[]),
        record(7, 1, b"\x02\0id\x01value"),
        record(7, 1, b"\x02\0id\0"),
        record(8, 1, &[]),
    ];
    put("wal", "all.bin", records.concat())?;
    put("wal", "kept.bin", [entry(1, 1), entry(2, 0), record(0, 0, b"one")].concat())
}

/// A snapshot of the ledger that Fabric wrote, with its end and with one to be made.
fn snapshots() -> Result {
    let disk: Arc<dyn Volume> = Arc::new(MemoryDisk::new(1 << 26));
    let made = Providers::new(Suite::Gm, EngineChoice::Portable)?;
    let options = ledger::Options::default();
    let ledger = Ledger::<Block>::open(&disk, Path::new("c"), options, &Arc::new(made))?;
    for number in 0..=5 {
        let name = format!("../vectors/data/fabric/blocks/peer/{number}.block");
        let block = Block::decode(fs::read(name)?)?;
        let read = (0..block.transaction_count()).map(|place| block.transaction(place));
        let read = read.collect::<std::result::Result<Vec<_>, _>>()?;
        let code = TxValidationCode::Valid;
        let candidates: Vec<_> =
            read.iter().map(|tx| Candidate { id: &tx.id, code, set: tx.set.as_ref() }).collect();
        ledger.commit(block, &candidates)?;
    }
    drop(ledger.export(&disk, Path::new("s"))?);
    let log = SegmentLog::open(&disk, Path::new("s"), 3, log::Options::default(), 0)?;
    let mut seed = Vec::new();
    let last = log.next_sequence() - 1;
    for sequence in 0..=last {
        let record = log.reader().read(sequence)?;
        if sequence == last {
            put("snapshot", "made-good.bin", [&[1], &seed[..]].concat())?;
        }
        seed.extend(u16::try_from(record.len())?.to_be_bytes());
        seed.extend(&record);
    }
    put("snapshot", "whole.bin", [&[0], &seed[..]].concat())
}

fn texts() -> Result {
    put("name", "slashes", "/C=CN/ST=北京/O=a\\/b/OU=x+CN=y/emailAddress=a@b")?;
    put("name", "rfc4514", "CN=x\\,y+OU=\\23z,O=\"a, b\",2.5.4.3=#0c0161")?;
    put("config", "both.yaml", CONFIG)?;
    put("configtx_yaml", "raft.yaml", RAFT)?;
    put("configtx_yaml", "old.yaml", SYSTEM_CHANNEL)?;
    put("openssl_conf", "ca.cnf", CONF)
}

/// Fabric's own package, and what is packed in it.
fn packages() -> Result {
    let bytes = fs::read("../vectors/data/fabric/basic-ccaas-package.tar.gz")?;
    let mut outer = Vec::new();
    flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut outer)?;
    put("package", "real.tar.gz", bytes)?;
    // Two files and the end, without what fills it up.
    put("package", "outer.tar", outer.get(..3072).ok_or("a short archive")?)?;
    put("package", "code.tar", long_names())
}

/// An archive with a folder, a file, and names in the two ways that long ones are written.
fn long_names() -> Vec<u8> {
    let (gnu, pax) = ("src/long.js\0", "19 path=src/pax.js\n");
    let files = [
        ("src/", b'5', ""),
        ("@", b'L', gnu),
        ("a", b'0', "1"),
        ("@", b'x', pax),
        ("b", b'0', "2"),
    ];
    let mut tar = Vec::new();
    for (name, kind, content) in files {
        let mut header = [0; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
        header[156] = kind;
        header[257..265].copy_from_slice(b"ustar\x0000");
        tar.extend(header);
        tar.extend(content.as_bytes());
        tar.resize(tar.len().next_multiple_of(512), 0);
    }
    tar
}

/// Messages behind the byte that says which one, and one as JSON.
fn messages() -> Result {
    let ledger = Path::new("../vectors/data/fabric");
    for (kind, name) in [
        (0, "blocks/orderer/0.block"),
        (0, "blocks/peer/1.block"),
        (1, "config/update.envelope"),
        (2, "config/after.config"),
        (1, "config/update-envelope.json"),
    ] {
        let bytes = [vec![kind], fs::read(ledger.join(name))?].concat();
        put("json", &format!("{}.bin", name.replace('/', "-")), bytes)?;
    }
    Ok(())
}

/// Fabric's own blocks and what is in them, and a proposal, which no block holds.
fn blocks() -> Result {
    let ledger = Path::new("../vectors/data/fabric");
    let files =
        ["blocks/orderer/0", "blocks/peer/1", "blocks/peer/3", "config/config-update-block"];
    for (number, name) in files.iter().enumerate() {
        let bytes = fs::read(ledger.join(name).with_extension("block"))?;
        let block = Block::decode(bytes.clone())?;
        put("block", &format!("{number}.bin"), bytes)?;
        let entry = block.entries().first().ok_or("an empty block")?;
        put("envelope", &format!("{number}.bin"), entry)?;
    }
    let update = fs::read(ledger.join("config/update.envelope"))?;
    put("envelope", "update.bin", block::Envelope::open(update)?.data())?;
    let request = Request {
        channel: "ch1",
        chaincode: "basic",
        args: vec!["put".into(), "key".into()],
        creator: "creator".into(),
        transient: [("secret".to_owned(), "value".into())].into(),
        ..Request::default()
    };
    put("envelope", "proposal.bin", Proposal::new(request, providers())?.bytes())
}

/// Proofs of both forms and families, behind the byte that says how to check them, Fabric's own
/// transactions, and trees.
fn proofs() -> Result {
    for (byte, suite) in [(0, Suite::Gm), (1, Suite::Nist)] {
        let hash = providers().get(suite)?.hash()?;
        let key = providers().signing_key(&key_material(suite))?;
        let response = Some(Response { status: 200, ..Response::default() });
        let result = ChaincodeAction { response, ..ChaincodeAction::default() };
        let entries = ["first", "second", "third"].map(|nonce| {
            let request = Request {
                channel: "ch1",
                chaincode: "basic",
                creator: "creator".into(),
                nonce: nonce.into(),
                ..Request::default()
            };
            let proposal = Proposal::new(request, providers())?;
            let response = proposal.endorse(&result, hash, &"peer".into(), &*key)?;
            let signed = block::sign_payload(proposal.assemble(&[response])?, &*key)?;
            Ok::<_, Box<dyn Error>>(signed.encode_to_vec().into())
        });
        let entries = entries.into_iter().collect::<Result<Vec<_>>>()?;
        let mut made = Block::new(7, vec![1; 32], entries, hash);
        for form in ["flat", "tree"] {
            let transaction_tree = (form == "tree").then(|| made.tree(hash));
            let orderer = OrdererBlockMetadata { transaction_tree, ..Default::default() };
            made.metadata_mut().set_orderer(&orderer);
            made.sign(&"orderer".into(), &*key, &"nonce".into())?;
            let proof = Proof::new(&made, 1, hash, providers())?.encode();
            put("proof", &format!("{suite}-{form}.bin"), [&[byte], &proof[..]].concat())?;
        }
        let pieces = [&[byte | 5 << 1, 2, 4], &[7; 30][..]].concat();
        put("proof", &format!("{suite}-pieces.bin"), pieces)?;
    }
    let hash = providers().get(Suite::Nist)?.hash()?;
    for name in ["blocks/peer/3", "config/config-update-block"] {
        let path = Path::new("../vectors/data/fabric").join(name).with_extension("block");
        let proof = Proof::new(&Block::decode(fs::read(path)?)?, 0, hash, providers())?.encode();
        put("proof", &format!("{}.bin", name.replace('/', "-")), [&[1], &proof[..]].concat())?;
    }
    Ok(())
}

/// A read/write set with everything in it, over the state that the target has, and Fabric's own.
fn sets() -> Result {
    let hash = providers().default_provider().hash()?;
    let mut simulator = Simulator::new(state().clone(), hash);
    simulator.get("ns", "k01")?;
    simulator.put("ns", "k02", "new".into())?;
    simulator.delete("ns", "k03")?;
    simulator.set_metadata("ns", "k04", &[("name".to_owned(), "value".into())].into())?;
    simulator.private_hash("ns", "c", "k05")?;
    simulator.put_private("ns", "c", "k06", "new".into())?;
    for end in ["k09", "k55"] {
        let query = simulator.range("ns", "k05", end)?;
        while simulator.advance(query)?.is_some() {}
    }
    put("rwset", "all.bin", simulator.finish().public.encode_to_vec())?;
    let mut simulator = Simulator::new(state().clone(), hash);
    let query = simulator.range("ns", "", "")?;
    while simulator.advance(query)?.is_some() {}
    put("rwset", "hashes.bin", simulator.finish().public.encode_to_vec())?;
    for number in [1, 3] {
        let bytes = fs::read(format!("../vectors/data/fabric/blocks/peer/{number}.block"))?;
        let block = Block::decode(bytes)?;
        let entry = block.entries().first().ok_or("an empty block")?;
        let transaction = block::Envelope::open(entry.clone())?.transaction()?;
        let results = &transaction.action()?.result().results;
        put("rwset", &format!("fabric-{number}.bin"), results)?;
    }
    Ok(())
}

/// Fabric's configuration and its update, and one of ours where nobody has to sign.
fn configurations() -> Result {
    put("channel_config", "fabric.bin", wire::config(fabric_config().clone()))?;
    put("channel_config", "open.bin", wire::config(open_config()))?;
    let config = Path::new("../vectors/data/fabric/config");
    put("config_update", "bare.bin", fs::read(config.join("update.config_update"))?)?;
    let block = Block::decode(fs::read(config.join("config-update-block.block"))?)?;
    let entry = block.entries().first().ok_or("an empty block")?;
    let update = block::Envelope::open(entry.clone())?.config()?.last_update;
    let update = block::Envelope::from_message(update.ok_or("no update")?)?;
    put("config_update", "signed.bin", update.data())?;
    let open = Channel::new(providers(), "mych", open_config())?;
    let edited = Edit::of(&open)
        .batch(|batch| batch.max_messages = 9)?
        .add_capability(None, HASH_SWITCH)?
        .policy("/Channel/Application/Org1/New", &Policy::from(MetaPolicy::parse("ALL x")?))?
        .finish();
    let update = update::compute(open.config(), &edited, "mych")?;
    put("config_update", "open.bin", wire::config_update(update))
}

const CONFIG: &str = "BCCSP:
  Default: GM
  GM: { Hash: SM3, Security: 256, Engine: auto, FileKeyStore: { KeyStore: msp/keystore } }
  SW:
    Hash: SHA2
    Security: 256
    Engine: portable
";

const RAFT: &str = "Organizations: [&O {Name: O, ID: O, MSPDir: gm, OrdererEndpoints: ['h:1'],
  AnchorPeers: [{Host: h, Port: 2}], Policies: {Readers: {Type: Signature, Rule: \"OR('O.peer')\"},
  Admins: {Type: ImplicitMeta, Rule: ANY Admins}}}]
Orderer: &Base
  OrdererType: etcdraft
  BatchTimeout: 1m30s
  BatchSize: {MaxMessageCount: 7, AbsoluteMaxBytes: 99 MB, PreferredMaxBytes: 512k}
Profiles:
  P:
    HashingAlgorithm: SM3
    Capabilities: {V3_0: true, V2_0: false}
    Orderer:
      <<: *Base
      EtcdRaft:
        Consenters: [{Host: h, Port: 1, ClientTLSCert: tls.pem, ServerTLSCert: tls.pem}]
        Options: {TickInterval: 250ms, ElectionTick: 5, SnapshotIntervalSize: 1 MB}
      MaxChannels: 3
      Organizations: [*O]
    Application: {Organizations: [*O], Capabilities: {V2_5: true}, ACLs: {a/b: /Channel/Readers}}
";

const SYSTEM_CHANNEL: &str = "Profiles:
  A: {Orderer: {OrdererType: solo, Addresses: ['h:1']}, Consortiums: {C: {Organizations: [&O
    {Name: O, ID: O, MSPDir: gm}, {Name: N, ID: N, MSPDir: nist, AdminPrincipal: Role.ADMIN}]}}}
  B: {consortium: C, application: {organizations: [*O]}}
";

const CONF: &str = "# a comment
dir = ${ENV::HOME}/ca
[ req ]
prompt = no
distinguished_name = dn
x509_extensions = v3
[ dn ]
C = CN
0.O = \"Org 1\"
1.CN = x\\
y
[ v3 ]
basicConstraints = critical, CA:true, pathlen:1
keyUsage = critical, keyCertSign, cRLSign
extendedKeyUsage = serverAuth, 1.2.3
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always, issuer
subjectAltName = DNS:a, IP:127.0.0.1, email:a@b, @alt
[ alt ]
URI.1 = $dir
dirName.1 = dn
[ leaf ]
basicConstraints = CA:false, pathlen:0
nameConstraints = permitted;DNS:a, excluded;IP:10.0.0.0/255.0.0.0
crlDistributionPoints = URI:http://a/b
1.2.3.4 = DER:05:00
";
