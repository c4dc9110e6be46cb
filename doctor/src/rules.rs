// SPDX-License-Identifier: Apache-2.0
//! The rules that programs break, each with its standard and the line that mends it in the programs
//! people use. What is said to users about a cause is said here and nowhere else.

/// A rule, broken by whoever made the file.
#[derive(Debug)]
pub struct Rule {
    /// Its name in JSON; never changes.
    pub code: &'static str,
    /// What was done instead, in one line.
    pub broken: &'static str,
    /// Where the rule stands.
    pub standard: &'static str,
    /// The program, and the command or line of code that does it right.
    pub fixes: &'static [(&'static str, &'static str)],
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code
    }
}

impl Eq for Rule {}

type Fixes = &'static [(&'static str, &'static str)];

macro_rules! rules {
    ($($name:ident = $code:literal, $broken:literal, $standard:literal, $fixes:expr;)*) => {
        $(
            pub(crate) static $name: Rule =
                Rule { code: $code, broken: $broken, standard: $standard, fixes: $fixes };
        )*
        /// Every rule there is.
        pub static ALL: &[&Rule] = &[$(&$name),*];
    };
}

const SIGN_ID: Fixes = &[
    (
        "OpenSSL",
        "openssl pkeyutl -sign -rawin -digest sm3 -inkey key.pem -in FILE -pkeyopt distid:1234567812345678",
    ),
    ("OpenSSL", "openssl req -new -sm3 -key key.pem -sigopt distid:1234567812345678"),
    (
        "OpenSSL",
        "openssl x509 -req -sm3 -vfyopt distid:1234567812345678 -sigopt distid:1234567812345678 …",
    ),
    (
        "GmSSL",
        "gmssl sm2sign -key key.pem -pass PASSWORD -id 1234567812345678 -in FILE -out SIGNATURE",
    ),
    (
        "BouncyCastle",
        "signer.init(true, new ParametersWithID(key, \"1234567812345678\".getBytes(StandardCharsets.US_ASCII)))",
    ),
    (
        "sm-crypto",
        "sm2.doSignature(message, key, { hash: true, der: true, userId: '1234567812345678' })",
    ),
    ("Go (gmsm)", "key.SignWithSM2(rand.Reader, []byte(\"1234567812345678\"), message)"),
];

const SIGN_MESSAGE: Fixes = &[
    ("OpenSSL", "openssl pkeyutl -sign -rawin -digest sm3 … (-rawin: the message, not its digest)"),
    ("GmSSL", "gmssl sm2sign hashes by itself: give it the message"),
    ("BouncyCastle", "new SM2Signer(): update() with the message, and do not hash before"),
    ("sm-crypto", "sm2.doSignature(message, key, { hash: true, publicKey })"),
    ("pip gmssl", "crypt.sign_with_sm3(message), not crypt.sign(message)"),
    ("Go (gmsm)", "key.Sign(rand.Reader, message, sm2.DefaultSM2SignerOpts)"),
];

const DER_SIGNATURE: Fixes = &[
    ("gmca", "gmca check-sig --form raw … reads r ‖ s as it is"),
    ("OpenSSL", "writes and reads DER alone"),
    ("BouncyCastle", "new SM2Signer(StandardDSAEncoding.INSTANCE), not PlainDSAEncoding"),
    ("sm-crypto", "{ der: true } in doSignature and doVerifySignature"),
    ("pip gmssl", "CryptSM2(…, asn1=True)"),
    ("Go (gmsm)", "sm2.SignASN1 and sm2.VerifyASN1WithSM2"),
];

const STRICT_DER: Fixes = &[
    ("OpenSSL", "i2d_ECDSA_SIG() writes DER"),
    ("BouncyCastle", "StandardDSAEncoding.INSTANCE.encode(n, r, s)"),
    ("Java", "new BigInteger(1, bytes): the 1 says that it is not negative"),
    ("Go (gmsm)", "cryptobyte.Builder.AddASN1BigInt"),
];

const CIPHER_FORM: Fixes = &[
    ("gmca", "gmca decrypt --raw c1c3c2 | c1c2c3 | der"),
    ("OpenSSL", "openssl pkeyutl -decrypt reads the ASN.1 form alone"),
    ("GmSSL", "gmssl sm2decrypt reads the ASN.1 form alone"),
    ("BouncyCastle", "new SM2Engine(SM2Engine.Mode.C1C3C2)"),
    ("sm-crypto", "sm2.doEncrypt(message, key, 1): 1 is C1C3C2, 0 is C1C2C3"),
    ("pip gmssl", "CryptSM2(…, mode=1): 1 is C1C3C2, 0 is C1C2C3"),
    (
        "Go (gmsm)",
        "sm2.AdjustCiphertextSplicingOrder(data, sm2.C1C2C3, sm2.C1C3C2); sm2.PlainCiphertext2ASN1",
    ),
];

const PREFIX: Fixes = &[
    ("sm-crypto", "from it: '04' + sm2.doEncrypt(…); to it: data.slice(2)"),
    ("pip gmssl", "from it: b'\\x04' + crypt.encrypt(…); to it: data[1:]"),
    ("BouncyCastle", "point.getEncoded(false) begins with 04"),
    ("Go (gmsm)", "append([]byte{4}, data...)"),
];

const PADDING: Fixes = &[
    ("BouncyCastle", "BigIntegers.asUnsignedByteArray(32, x), not x.toByteArray()"),
    ("Java", "pad on the left to 32 bytes"),
    ("sm-crypto", "x.toString(16).padStart(64, '0'); an npm version from 0.2.4 on"),
    (
        "pip gmssl",
        "'%064x' % x; a public key that begins with 0 or 4 must not be passed through lstrip",
    ),
    ("Go", "x.FillBytes(make([]byte, 32)), not x.Bytes()"),
];

const ENCODED_TEXT: Fixes = &[
    ("shell", "xxd -r -p FILE.hex FILE, or base64 -d FILE.b64 >FILE"),
    ("sm-crypto", "Buffer.from(hex, 'hex')"),
    ("Java", "Hex.decode(text), Base64.getDecoder().decode(text)"),
    ("Go", "hex.DecodeString(text)"),
];

const POINT: Fixes = &[
    (
        "OpenSSL",
        "echo 3059301306072a8648ce3d020106082a811ccf5501822d034200POINT | xxd -r -p | openssl pkey -pubin -inform DER -out pub.pem (POINT: 130 hex digits, from 04 on)",
    ),
    ("BouncyCastle", "key.getQ().getEncoded(false)"),
    ("sm-crypto", "sm2.getPublicKeyFromPrivateKey(key)"),
    ("Go", "elliptic.Marshal(key.Curve, key.X, key.Y)"),
];

const BARE_KEY: Fixes = &[
    (
        "OpenSSL",
        "echo 30310201010420NUMBERa00a06082a811ccf5501822d | xxd -r -p | openssl pkey -inform DER -out key.pem (NUMBER: 64 hex digits)",
    ),
    (
        "BouncyCastle",
        "new ECPrivateKeySpec(new BigInteger(1, bytes), spec), then getEncoded(), which is PKCS#8",
    ),
    ("Go (gmsm)", "sm2.NewPrivateKey(bytes), then smx509.MarshalPKCS8PrivateKey(key)"),
];

const KEY_FILE: Fixes = &[
    ("gmca", "gmca key convert FILE --to pkcs8 --out key.pem"),
    ("OpenSSL", "openssl pkcs8 -topk8 -nocrypt -in FILE -out key.pem"),
    ("GmSSL", "gmssl sm2keygen -pass PASSWORD -out key.pem -pubout pub.pem"),
];

const PROTECTED_KEY: Fixes = &[
    (
        "gmca",
        "gmca key convert FILE --to pkcs8 --protection gm (GmSSL), compat (OpenSSL) or nist (all others)",
    ),
    ("OpenSSL", "openssl pkcs8 -topk8 -v2 sm4-cbc -v2prf hmacWithSHA256 -in key.pem -out FILE"),
    (
        "GmSSL",
        "reads PBKDF2 with HMAC-SM3 (1.2.156.10197.1.401.2, no parameters) and SM4-CBC alone",
    ),
    ("BouncyCastle", "new JceOpenSSLPKCS8DecryptorProviderBuilder().setProvider(\"BC\")"),
];

const CMS_FORM: Fixes = &[
    ("gmca", "gmca cms sign | encrypt --form rfc (OpenSSL, Java) or gm (GB/T 35275)"),
    ("GmSSL", "gmssl cmssign, cmsencrypt: GM/T 0010 alone"),
    (
        "Go (gmsm)",
        "pkcs7.NewSMSignedData, pkcs7.EncryptSM for GM/T 0010; pkcs7.NewSignedData for PKCS#7",
    ),
];

const NONE: Fixes = &[];

rules! {
    ID_EMPTY = "id-empty", "the signer ID is empty, not 1234567812345678",
        "GB/T 35276-2017 clause 10 (GM/T 0009)", SIGN_ID;
    ID_OTHER = "id-other", "the signer ID is another one",
        "GB/T 35276-2017 clause 10 (GM/T 0009)", SIGN_ID;
    ID_TLS = "id-tls13", "the signer ID is that of TLS 1.3, TLSv1.3+GM+Cipher+Suite",
        "RFC 8998 section 3.2.1", SIGN_ID;
    ID_NOT_TLS = "id-not-tls13", "the signer ID of certificates in the place of TLSv1.3+GM+Cipher+Suite",
        "RFC 8998 section 3.2.1", NONE;
    ID_HEX = "id-hex", "the signer ID was decoded from hex, or is hex text itself",
        "GB/T 35276-2017 clause 10 (GM/T 0009)", SIGN_ID;
    Z_MISSING = "z-missing", "the digest was made without Z: e = SM3(M) in the place of SM3(Z ‖ M)",
        "GB/T 32918.2-2016 clauses 5.5 and 6.1", SIGN_MESSAGE;
    Z_ENTL_BYTES = "z-entl-bytes", "the length of the ID in Z is in bytes, not in bits",
        "GB/T 32918.2-2016 clause 5.5", NONE;
    Z_ENTL_ORDER = "z-entl-order", "the length of the ID in Z is little-endian",
        "GB/T 32918.2-2016 clause 5.5", NONE;
    Z_NO_ENTL = "z-no-entl", "the length of the ID is missing in Z",
        "GB/T 32918.2-2016 clause 5.5", NONE;
    Z_NO_CURVE = "z-no-curve", "the curve (a, b, G) is missing in Z",
        "GB/T 32918.2-2016 clause 5.5", NONE;
    Z_OTHER_CURVE = "z-other-curve", "Z was made with the parameters of P-256",
        "GB/T 32918.2-2016 clause 5.5", NONE;
    Z_OTHER_KEY = "z-other-key", "Z was made with the public key of somebody else",
        "GB/T 32918.2-2016 clause 5.5", SIGN_MESSAGE;
    Z_BEHIND = "z-behind", "Z stands behind the message, not in front of it",
        "GB/T 32918.2-2016 clause 6.1 A1", NONE;
    HASHED_TWICE = "hashed-twice", "the digest SM3(Z ‖ M) was hashed once more",
        "GB/T 32918.2-2016 clause 6.1 A2", SIGN_MESSAGE;
    PREHASHED = "prehashed", "what was signed as the message is the message's digest",
        "GB/T 32918.2-2016 clause 6.1", SIGN_MESSAGE;
    PREHASHED_TEXT = "prehashed-text", "what was signed as the message is the message's digest in hex text",
        "GB/T 32918.2-2016 clause 6.1", SIGN_MESSAGE;
    DIGEST_GIVEN = "digest-given", "the file was taken for the digest e itself and not hashed",
        "GB/T 32918.2-2016 clause 6.1 A2", SIGN_MESSAGE;
    HASH_OTHER = "hash-other", "another hash function than that of the family",
        "GB/T 35276-2017 clause 8", &[
        ("OpenSSL", "-sm3, or -digest sm3: its default is SHA-256"),
        ("BouncyCastle", "new SM2Signer() takes SM3; Signature.getInstance(\"SM3withSM2\", \"BC\")"),
    ];
    EQUATION_OTHER = "ecdsa-on-sm2", "an ECDSA signature on the SM2 curve",
        "GB/T 32918.2-2016 clause 6.1 A4 to A6", &[
        ("OpenSSL", "EVP_PKEY_set_alias_type(key, EVP_PKEY_SM2) in 1.1.1; from 3.0 on the key's own type, not ECDSA_sign()"),
        ("BouncyCastle", "SM2Signer, not ECDSASigner; \"SM3withSM2\", not \"SHA256withECDSA\""),
        ("Go (gmsm)", "key.Sign(rand.Reader, message, sm2.DefaultSM2SignerOpts), not ecdsa.Sign"),
    ];
    CURVE_OTHER = "curve-other", "the key is on the other curve than its file says",
        "GB/T 35276-2017 clause 7.1; RFC 5480 section 2.1.1", KEY_FILE;
    MESSAGE_NEWLINE = "message-newline", "the signed message differs by a line end from the file",
        "", &[("shell", "printf %s TEXT, not echo TEXT"), ("Windows", "git config core.autocrlf false; binary mode")];
    MESSAGE_TEXT = "message-text", "the signed message is the file as hex or base64 text, or what such text decodes to",
        "", &[("sm-crypto", "a string is taken as UTF-8 text; Buffer.from(hex, 'hex') for bytes")];
    MESSAGE_HANDSHAKE = "handshake-digest",
        "in a handshake the message of CertificateVerify is SM3(all handshake messages) to one side and the messages to the other",
        "GB/T 38636-2020 clause 6.4.5.9", &[
        ("GmSSL", "from PR 1361 on it signs SM3(handshake) as the message, as Tongsuo and gotlcp do"),
        ("Tongsuo", "signs SM3(handshake) as the message"),
    ];
    MESSAGE_LENGTH = "handshake-length",
        "in ServerKeyExchange the encryption certificate was signed without its length of 3 bytes",
        "GB/T 38636-2020 clause 6.4.5.4", &[
        ("Tongsuo", "client random ‖ server random ‖ length (3 bytes) ‖ encryption certificate"),
        ("GmSSL", "client random ‖ server random ‖ length (3 bytes) ‖ encryption certificate"),
    ];

    SIGNATURE_RAW = "signature-raw", "the signature is r ‖ s (64 bytes), where DER is asked for",
        "GB/T 35276-2017 clause 7.3", DER_SIGNATURE;
    SIGNATURE_RAW_KEY = "signature-raw-key", "the signature is r ‖ s ‖ public key (128 bytes, FISCO BCOS)",
        "GB/T 35276-2017 clause 7.3", DER_SIGNATURE;
    SIGNATURE_REVERSED = "signature-reversed", "r and s are little-endian (CryptoAPI, some devices)",
        "GB/T 35276-2017 clause 7.3", STRICT_DER;
    SIGNATURE_SWAPPED = "signature-swapped", "s stands in front of r",
        "GB/T 35276-2017 clause 7.3", STRICT_DER;
    SIGNATURE_ZEROS = "signature-zeros", "r ‖ s has lost leading zeros: it is shorter than 64 bytes",
        "GB/T 35276-2017 clause 7.3", PADDING;
    SIGNATURE_TEXT = "signature-text", "the signature is hex or base64 text, not bytes",
        "GB/T 35276-2017 clause 7.3", ENCODED_TEXT;
    SIGNATURE_BER = "signature-ber", "the signature is BER and not DER: a length or number is longer than it need be, or indefinite",
        "X.690 clauses 10.1 and 8.3.2; GB/T 35276-2017 clause 7.3", STRICT_DER;
    SIGNATURE_NEGATIVE = "signature-negative", "a 00 is missing in front of r or s: as an INTEGER it is negative",
        "X.690 clause 8.3.3", STRICT_DER;
    SIGNATURE_TRAILING = "signature-trailing", "there are bytes behind the signature or behind s",
        "X.690 clause 8.9; GB/T 35276-2017 clause 7.3", STRICT_DER;
    SIGNATURE_CUT = "signature-cut", "the signature is cut short, or a length in it is wrong",
        "X.690 clause 8.1.3", STRICT_DER;
    SIGNATURE_TYPE = "signature-type", "the signature is not a SEQUENCE of two INTEGERs: it has another tag or is wrapped once more",
        "GB/T 35276-2017 clause 7.3", STRICT_DER;
    SIGNATURE_RANGE = "signature-range", "r or s is not within 1 to n − 1",
        "GB/T 32918.2-2016 clause 7.1 B1 and B2", STRICT_DER;
    SIGNATURE_T = "signature-t", "r + s is a multiple of n, so t = 0: such a signature would fit every key",
        "GB/T 32918.2-2016 clause 7.1 B5", NONE;
    SIGNATURE_MIRROR = "signature-mirror", "s or r was replaced by n minus itself, as ECDSA allows and SM2 does not",
        "GB/T 32918.2-2016 clause 7.1", NONE;
    SIGNATURE_WRONG = "signature-wrong", "no combination fits: another message, another key, or a damaged signature",
        "GB/T 32918.2-2016 clause 7.1 B7", NONE;

    KEY_MIRROR = "key-mirror", "the public key is negated: its y is p − y",
        "GB/T 32918.1-2016 clause 4.2.8", POINT;
    KEY_OTHER = "key-other", "another of the given keys made it",
        "", NONE;
    PAIR = "key-pair", "the private key and the certificate or public key do not belong together",
        "", NONE;
    POINT_PREFIX = "point-prefix", "the 04 in front of the public key is missing",
        "GB/T 35276-2017 clause 7.1; SEC 1 section 2.3.3", PREFIX;
    POINT_ZEROS = "point-zeros", "a coordinate of the public key has lost leading zeros",
        "GB/T 32918.1-2016 clause 4.2.6", PADDING;
    POINT_COMPRESSED = "point-compressed", "the public key is compressed (02 or 03); many programs read 04 alone",
        "GB/T 35276-2017 clause 7.1", POINT;
    POINT_HYBRID = "point-hybrid", "the public key is in the mixed form (06 or 07)",
        "RFC 5480 section 2.2", POINT;
    POINT_PARITY = "point-parity", "the first byte of the public key contradicts its y",
        "GB/T 32918.1-2016 clause 4.2.10", POINT;
    POINT_LENGTH = "point-length", "the public key has the wrong length or first byte",
        "SEC 1 section 2.3.3", POINT;
    POINT_RANGE = "point-range", "a coordinate is not smaller than p",
        "GB/T 32918.1-2016 clause 4.2.10", POINT;
    POINT_OFF = "point-off-curve", "the point is not on the curve",
        "GB/T 32918.1-2016 clause 6.2.1", POINT;
    POINT_INFINITY = "point-infinity", "the point at infinity is no key",
        "GB/T 32918.1-2016 clause 6.2.1", POINT;
    POINT_TEXT = "point-text", "the public key is hex or base64 text, not bytes or PEM",
        "RFC 7468", POINT;

    CIPHER_RAW_NEW = "cipher-c1c3c2", "the ciphertext is raw C1C3C2, where ASN.1 is asked for",
        "GB/T 35276-2017 clause 7.2", CIPHER_FORM;
    CIPHER_RAW_OLD = "cipher-c1c2c3", "the ciphertext is in the order C1C2C3 of before 2012",
        "GB/T 32918.4-2016 clause 6.1 A8", CIPHER_FORM;
    CIPHER_SWAPPED = "cipher-swapped", "data and check value changed places in the ASN.1 form",
        "GB/T 35276-2017 clause 7.2", CIPHER_FORM;
    CIPHER_PREFIX = "cipher-prefix", "the 04 in front of C1 is missing",
        "GB/T 32918.1-2016 clause 4.2.9", PREFIX;
    CIPHER_ZEROS = "cipher-zeros", "a coordinate of C1 has lost leading zeros (about 1 ciphertext in 128)",
        "GB/T 32918.1-2016 clause 4.2.6", PADDING;
    CIPHER_COMPRESSED = "cipher-compressed", "C1 is compressed or in the mixed form",
        "GB/T 35276-2017 clause 7.2", PREFIX;
    CIPHER_TEXT = "cipher-text", "the ciphertext is hex or base64 text, not bytes",
        "GB/T 35276-2017 clause 7.2", ENCODED_TEXT;
    CIPHER_BER = "cipher-ber", "the ciphertext is BER and not DER",
        "X.690 clause 10; GB/T 35276-2017 clause 7.2", CIPHER_FORM;
    CIPHER_TRAILING = "cipher-trailing", "there are bytes behind the ciphertext's structure or within it",
        "GB/T 35276-2017 clause 7.2", CIPHER_FORM;
    CIPHER_TYPE = "cipher-type", "the ciphertext is not SEQUENCE { INTEGER, INTEGER, OCTET STRING, OCTET STRING }",
        "GB/T 35276-2017 clause 7.2", CIPHER_FORM;
    CIPHER_CUT = "cipher-cut", "the ciphertext is cut short",
        "GB/T 35276-2017 clause 7.2", NONE;
    CIPHER_POINT = "cipher-point", "C1 is not a point of the curve: opening it could give the private key away",
        "GB/T 32918.4-2016 clause 7.1 B1", NONE;
    CIPHER_RANGE = "cipher-range", "a coordinate of C1 is negative or not smaller than p",
        "GB/T 32918.1-2016 clause 4.2.10", NONE;
    CIPHER_CHECK_LENGTH = "cipher-check-length", "the check value C3 is not 32 bytes",
        "GB/T 35276-2017 clause 7.2", NONE;
    CIPHER_CHECK = "cipher-check", "the check value does not fit: made for another key, changed on its way, or in another form",
        "GB/T 32918.4-2016 clause 7.1 B6", CIPHER_FORM;
    CIPHER_MIRROR = "cipher-mirror", "C1 is negated: its y is p − y, and the check value is that of the right one",
        "GB/T 32918.4-2016 clause 7.1 B6", NONE;
    CIPHER_EMPTY = "cipher-empty", "there is no data in it: SM2 encrypts at least one byte",
        "GB/T 32918.4-2016 clause 6.1", NONE;
    CIPHER_ZERO_STREAM = "cipher-zero-stream", "the key stream is all zero: the data stands there in the clear, and opening must stop",
        "GB/T 32918.4-2016 clause 7.1 B4", NONE;

    KEY_TEXT = "key-text", "the private key is a bare number (hex), not PKCS#8",
        "GB/T 35276-2017 clause 7.1; RFC 5958", BARE_KEY;
    KEY_SHORT = "key-short", "the private value is not 32 bytes: a leading zero is lost, or one is too many",
        "RFC 5915 section 3", KEY_FILE;
    KEY_RANGE = "key-range", "the private value is not within 1 to n − 2",
        "GB/T 32918.1-2016 clause 6.1", KEY_FILE;
    KEY_PUBLIC = "key-public", "the public key inside is not that of the private value",
        "RFC 5915 section 3", KEY_FILE;
    KEY_ENVELOPE = "key-container", "the key is not in PKCS#8 (EC PRIVATE KEY); some programs read PKCS#8 alone",
        "RFC 5958", KEY_FILE;
    KEY_MALFORMED = "key-malformed", "the key file breaks the rules of its container",
        "RFC 5958; RFC 5915", KEY_FILE;
    KEY_ALGORITHM = "key-algorithm", "the key names the curve as its algorithm (GM/T 0015-2023); many programs want id-ecPublicKey",
        "RFC 5480 section 2.1.1", KEY_FILE;
    KEY_INNER = "key-inner-curve", "the ECPrivateKey inside lacks the curve or the public key, which GmSSL 3.1 demands",
        "RFC 5915 section 3", &[("gmca", "gmca key passwd FILE --protection gm … writes both")];
    KEY_LEGACY = "key-legacy", "the key is under the old encryption of OpenSSL (Proc-Type: 4,ENCRYPTED)",
        "RFC 8018 section 6.2", PROTECTED_KEY;
    PROTECTION_PRF = "protection-prf", "HMAC-SM3 under the identifier 1.2.156.10197.1.401.3.1, which GmSSL does not read",
        "GM/T 0006-2023 (1.2.156.10197.1.401.2)", PROTECTED_KEY;
    PROTECTION_PRF_NULL = "protection-prf-null", "HMAC-SM3 with NULL parameters, which GmSSL does not read",
        "GM/T 0006-2023", PROTECTED_KEY;
    PROTECTION_GM = "protection-gm", "PBKDF2 with HMAC-SM3: OpenSSL 3.0 and Java without a provider for it do not open this",
        "RFC 8018 appendix B.1", PROTECTED_KEY;
    PROTECTION_NOT_GM = "protection-not-gm", "not PBKDF2 with HMAC-SM3 and SM4-CBC: GmSSL does not open this",
        "RFC 8018 appendix A.4", PROTECTED_KEY;
    PROTECTION_CIPHER = "protection-sm4", "SM4-CBC in PBES2: Bouncy Castle 1.72 and Java's own classes do not open this",
        "RFC 8018 section 6.2", PROTECTED_KEY;
    PROTECTION_SCHEME = "protection-scheme", "a scheme other than PBES2 with PBKDF2, SM4-CBC or AES-CBC",
        "RFC 8018 section 6.2", PROTECTED_KEY;
    PROTECTION_ROUNDS = "protection-rounds", "a number of rounds that readers refuse (GmSSL: fewer than 10,000; gmca: more than 4,000,000)",
        "RFC 8018 section 4.2", PROTECTED_KEY;
    PASSWORD = "password", "the password does not open it",
        "", NONE;

    PARAMETERS_NULL = "parameters-null", "the signature algorithm has NULL parameters, where they should be absent; some programs refuse that",
        "RFC 5758 section 3.2; GB/T 20518-2018", NONE;
    ALGORITHMS_DIFFER = "algorithms-differ", "the signature algorithm inside and outside of the signed part differ",
        "RFC 5280 section 4.1.1.2", NONE;
    CHAIN_BROKEN = "chain-broken", "the chain does not hold",
        "RFC 5280 section 6.1", &[("gmca", "gmca verify --ca-file ROOT --untrusted OTHERS LEAF says the same for any policy and time")];
    ISSUER_MISSING = "issuer-missing", "the certificate of the issuer is not among the files",
        "RFC 5280 section 6.1", NONE;
    ISSUER_KEY = "issuer-key", "a certificate of that name is here, and its key did not sign this one",
        "RFC 5280 section 6.1.3", NONE;
    REQUEST_CFCA = "request-cfca", "a bare string as challengePassword, as CFCA's tools write it; OpenSSL and Java refuse to read that",
        "RFC 2986 section 4.1", &[("gmca", "gmca req --key key.pem --subject … writes one that all read")];
    MESSAGE_BER = "message-ber", "the message is BER (indefinite lengths), not DER; GmSSL and others refuse that",
        "X.690 clause 10", &[
        ("OpenSSL", "openssl cms -sign … -nosmimecap -outform DER without -stream or -indef"),
        ("BouncyCastle", "new CMSSignedData(…).getEncoded(\"DER\")"),
    ];
    MESSAGE_RFC = "message-rfc-oids", "an SM2 message under the identifiers of PKCS#7 (1.2.840.113549.1.7): GmSSL and devices read 1.2.156.10197.6.1.4.2 alone",
        "GB/T 35275-2017 clause 5 (GM/T 0010)", CMS_FORM;
    MESSAGE_GM = "message-gm-oids", "a message under the identifiers of GM/T 0010 (1.2.156.10197.6.1.4.2): OpenSSL and Java's own classes do not read it",
        "RFC 5652 section 4", CMS_FORM;
    MESSAGE_GMSSL = "message-gmssl", "signed as GmSSL does: over the whole ContentInfo, and without Z",
        "GB/T 35275-2017 clause 8; GB/T 32918.2-2016 clause 6.1", &[
        ("gmca", "gmca cms verify --form gmssl reads it; gmca cms sign --form gmssl writes it for GmSSL"),
    ];
    MESSAGE_DIGEST = "message-digest", "the digest in the signed attributes is not that of the content",
        "RFC 5652 section 5.4", NONE;
    MESSAGE_DETACHED = "message-detached", "the content is not in the message, and is none of the other files",
        "RFC 5652 section 5.2", &[("gmca", "gmca doctor MESSAGE CONTENT")];
    MESSAGE_SIGNER = "message-signer", "the certificate of the signer is neither in the message nor among the files",
        "RFC 5652 section 5.1", NONE;
    MESSAGE_RECIPIENT = "message-recipient", "none of the keys here is a recipient's, or the wrapped key does not open",
        "RFC 5652 section 6.2", NONE;
    MESSAGE_KIND = "message-kind", "a kind of message or an algorithm that is not read here",
        "RFC 5652", NONE;
    ENVELOPED_KEY = "enveloped-key", "the escrowed key does not open: it is wrapped for the signing key of the requester",
        "GB/T 35276-2017 clause 7.4 (GM/T 0009)", &[
        ("Go (gmsm)", "sm2.ParseEnvelopedPrivateKey(signingKey, data)"),
    ];
    ENVELOPE_TEXT = "envelope-text", "the escrowed key is in CFCA's own text and not in the standard's DER",
        "GB/T 35276-2017 clause 7.4 (GM/T 0009)", &[
        ("gmca", "gmca key open --key REQUESTER.key FILE --out ENCRYPTION.key"),
    ];
    BAG_SCHEME = "bag-scheme", "a PKCS#12 bag under RC2, triple DES or another scheme that is not read here",
        "RFC 7292 appendix C", &[
        ("OpenSSL", "openssl pkcs12 -legacy -in OLD -nodes | openssl pkcs12 -export -out NEW"),
        ("Java", "keytool -importkeystore -srckeystore OLD -destkeystore NEW -deststoretype PKCS12 (Java 17)"),
    ];
    UNREADABLE = "unreadable", "the file is nothing that is known here",
        "", NONE;
}
