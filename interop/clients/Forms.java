// SPDX-License-Identifier: Apache-2.0
// Bouncy Castle's side of the exchange of forms: `java -cp JARS Forms.java COMMAND FILES...`. Each command
// reads what another program wrote, or writes for it; it ends with 0 when it could.

import java.io.ByteArrayInputStream;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.FileReader;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.cms.CMSAlgorithm;
import org.bouncycastle.cms.CMSEnvelopedData;
import org.bouncycastle.cms.CMSEnvelopedDataGenerator;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.RecipientInformation;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.jcajce.JcaSignerInfoGeneratorBuilder;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.cms.jcajce.JceCMSContentEncryptorBuilder;
import org.bouncycastle.cms.jcajce.JceKeyAgreeEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyAgreeRecipientInfoGenerator;
import org.bouncycastle.crypto.engines.SM2Engine;
import org.bouncycastle.crypto.params.ParametersWithID;
import org.bouncycastle.crypto.params.ParametersWithRandom;
import org.bouncycastle.crypto.signers.PlainDSAEncoding;
import org.bouncycastle.crypto.signers.SM2Signer;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.crypto.util.PublicKeyFactory;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8DecryptorProviderBuilder;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8EncryptorBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

public class Forms {
    static byte[] read(String name) throws Exception {
        return Files.readAllBytes(Path.of(name));
    }

    static void write(String name, byte[] bytes) throws Exception {
        Files.write(Path.of(name), bytes);
    }

    static X509Certificate certificate(String name) throws Exception {
        var factory = CertificateFactory.getInstance("X.509", "BC");
        return (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(read(name)));
    }

    // PKCS#8 in DER.
    static PrivateKey key(String name) throws Exception {
        return KeyFactory.getInstance("EC", "BC").generatePrivate(new PKCS8EncodedKeySpec(read(name)));
    }

    static String algorithm(X509Certificate certificate) {
        String curve = certificate.getPublicKey().toString();
        return certificate.getSigAlgOID().startsWith("1.2.156") ? "SM3withSM2" : "SHA256withECDSA";
    }

    static void check(boolean right, String what) {
        if (!right) throw new IllegalStateException(what);
    }

    static void sign(String key, String cert, String in, String out, boolean der) throws Exception {
        var certificate = certificate(cert);
        var generator = new CMSSignedDataGenerator();
        var signer = new JcaContentSignerBuilder(algorithm(certificate)).setProvider("BC").build(key(key));
        var digests = new JcaDigestCalculatorProviderBuilder().setProvider("BC").build();
        generator.addSignerInfoGenerator(new JcaSignerInfoGeneratorBuilder(digests).build(signer, certificate));
        generator.addCertificates(new JcaCertStore(List.of(certificate)));
        var message = generator.generate(new CMSProcessableByteArray(read(in)), true);
        write(out, der ? message.getEncoded("DER") : message.getEncoded());
    }

    static void verify(String in, String content) throws Exception {
        var message = new CMSSignedData(read(in));
        check(message.getSignerInfos().size() == 1, "one signer");
        for (SignerInformation signer : message.getSignerInfos()) {
            var found = message.getCertificates().getMatches(signer.getSID());
            var holder = (org.bouncycastle.cert.X509CertificateHolder) found.iterator().next();
            check(signer.verify(new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC").build(holder)), "signature");
        }
        check(java.util.Arrays.equals((byte[]) message.getSignedContent().getContent(), read(content)), "content");
    }

    static void encrypt(String key, String cert, String in, String out) throws Exception {
        var generator = new CMSEnvelopedDataGenerator();
        var own = java.security.KeyPairGenerator.getInstance("EC", "BC");
        own.initialize(new java.security.spec.ECGenParameterSpec("P-256"));
        var pair = own.generateKeyPair();
        var recipient = new JceKeyAgreeRecipientInfoGenerator(
            CMSAlgorithm.ECDH_SHA256KDF, pair.getPrivate(), pair.getPublic(), CMSAlgorithm.AES256_WRAP);
        generator.addRecipientInfoGenerator(recipient.addRecipient(certificate(cert)).setProvider("BC"));
        var cipher = new JceCMSContentEncryptorBuilder(CMSAlgorithm.AES256_CBC).setProvider("BC").build();
        write(out, generator.generate(new CMSProcessableByteArray(read(in)), cipher).getEncoded());
    }

    static void decrypt(String key, String in, String content) throws Exception {
        var message = new CMSEnvelopedData(read(in));
        RecipientInformation recipient = message.getRecipientInfos().iterator().next();
        byte[] plain = recipient.getContent(new JceKeyAgreeEnvelopedRecipient(key(key)).setProvider("BC"));
        check(java.util.Arrays.equals(plain, read(content)), "content");
    }

    // Under AES-256 with HMAC-SHA256: what the key store writes by itself is RC2 and triple DES.
    static void exportBag(String key, String cert, String out) throws Exception {
        char[] password = "correct horse".toCharArray();
        var shield = new org.bouncycastle.pkcs.jcajce.JcePKCSPBEOutputEncryptorBuilder(NISTObjectIdentifiers.id_aes256_CBC)
            .setProvider("BC").setPRF(new org.bouncycastle.asn1.x509.AlgorithmIdentifier(
                PKCSObjectIdentifiers.id_hmacWithSHA256, org.bouncycastle.asn1.DERNull.INSTANCE)).build(password);
        var keyBag = new org.bouncycastle.pkcs.jcajce.JcaPKCS12SafeBagBuilder(key(key), shield).build();
        var certBag = new org.bouncycastle.pkcs.jcajce.JcaPKCS12SafeBagBuilder(certificate(cert)).build();
        var builder = new org.bouncycastle.pkcs.PKCS12PfxPduBuilder();
        builder.addData(keyBag);
        builder.addEncryptedData(shield, new org.bouncycastle.pkcs.PKCS12SafeBag[] {certBag});
        var mac = new org.bouncycastle.pkcs.jcajce.JcePKCS12MacCalculatorBuilder(NISTObjectIdentifiers.id_sha256);
        write(out, builder.build(mac.setProvider("BC"), password).getEncoded());
    }

    static void importBag(String provider, String in, String key) throws Exception {
        KeyStore store = provider.isEmpty() ? KeyStore.getInstance("PKCS12") : KeyStore.getInstance("PKCS12", provider);
        try (var stream = new FileInputStream(in)) {
            store.load(stream, "correct horse".toCharArray());
        }
        String alias = store.aliases().nextElement();
        check(store.getCertificate(alias) != null, "certificate");
        check(scalar(store.getKey(alias, "correct horse".toCharArray()).getEncoded()).equals(scalar(read(key))), "key");
    }

    static BigInteger scalar(byte[] pkcs8) throws Exception {
        var key = (org.bouncycastle.crypto.params.ECPrivateKeyParameters) PrivateKeyFactory.createKey(pkcs8);
        return key.getD();
    }

    static void protect(String key, String out, String cipher) throws Exception {
        var builder = new JceOpenSSLPKCS8EncryptorBuilder(new ASN1ObjectIdentifier(cipher));
        builder.setProvider("BC").setPassword("correct horse".toCharArray());
        builder.setPRF(new org.bouncycastle.asn1.x509.AlgorithmIdentifier(
            PKCSObjectIdentifiers.id_hmacWithSHA256, org.bouncycastle.asn1.DERNull.INSTANCE));
        write(out, new JcaPKCS8Generator(key(key), builder.build()).generate().getContent());
    }

    static void unprotect(String in, String key) throws Exception {
        var info = new PKCS8EncryptedPrivateKeyInfo(read(in));
        var opener = new JceOpenSSLPKCS8DecryptorProviderBuilder().setProvider("BC").build("correct horse".toCharArray());
        check(scalar(info.decryptPrivateKeyInfo(opener).getEncoded()).equals(scalar(read(key))), "key");
    }

    // Files of a message, as SM2Engine and SM2Signer of the lightweight interface make them.
    static void mistakes(String key, String cert, String in) throws Exception {
        var secret = PrivateKeyFactory.createKey(read(key));
        var open = PublicKeyFactory.createKey(certificate(cert).getPublicKey().getEncoded());
        byte[] message = read(in);
        for (var mode : SM2Engine.Mode.values()) {
            var engine = new SM2Engine(mode);
            engine.init(true, new ParametersWithRandom(open));
            write("bc-" + mode + ".ct", engine.processBlock(message, 0, message.length));
        }
        var plain = new SM2Signer(PlainDSAEncoding.INSTANCE);
        plain.init(true, secret);
        plain.update(message, 0, message.length);
        write("bc-raw.sig", plain.generateSignature());
        var other = new SM2Signer();
        other.init(true, new ParametersWithID(secret, "ALICE123@YAHOO.COM".getBytes(StandardCharsets.US_ASCII)));
        other.update(message, 0, message.length);
        write("bc-id.sig", other.generateSignature());
    }

    // A root, a certificate below it, a CRL and a request, all by one key: b-ca.crt, b.crt, b.crl, b.csr.
    static void make(String key, String cert) throws Exception {
        var secret = key(key);
        var open = certificate(cert).getPublicKey();
        var signer = new JcaContentSignerBuilder(algorithm(certificate(cert))).setProvider("BC").build(secret);
        var ca = new X500Name("CN=b-ca");
        var user = new X500Name("CN=b");
        Date from = new Date(System.currentTimeMillis() - 60_000);
        Date until = new Date(System.currentTimeMillis() + 86_400_000L);
        var root = new JcaX509v3CertificateBuilder(ca, BigInteger.ONE, from, until, ca, open)
            .addExtension(Extension.basicConstraints, true, new BasicConstraints(true))
            .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
        write("b-ca.crt", root.build(signer).getEncoded());
        write("b.crt", new JcaX509v3CertificateBuilder(ca, BigInteger.TWO, from, until, user, open).build(signer).getEncoded());
        var list = new X509v2CRLBuilder(ca, from).setNextUpdate(until);
        list.addCRLEntry(BigInteger.TEN, from, CRLReason.keyCompromise);
        list.addExtension(Extension.cRLNumber, false, new CRLNumber(BigInteger.ONE));
        write("b.crl", list.build(signer).getEncoded());
        write("b.csr", new JcaPKCS10CertificationRequestBuilder(user, open).build(signer).getEncoded());
    }

    static void request(String in) throws Exception {
        try (var parser = new PEMParser(new FileReader(in))) {
            var request = new JcaPKCS10CertificationRequest((PKCS10CertificationRequest) parser.readObject());
            var verifier = new JcaContentVerifierProviderBuilder().setProvider("BC").build(request.setProvider("BC").getPublicKey());
            check(request.isSignatureValid(verifier), "signature");
        }
    }

    public static void main(String[] words) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        switch (words[0]) {
            case "sign" -> sign(words[1], words[2], words[3], words[4], true);
            case "sign-ber" -> sign(words[1], words[2], words[3], words[4], false);
            case "verify" -> verify(words[1], words[2]);
            case "encrypt" -> encrypt(words[1], words[2], words[3], words[4]);
            case "decrypt" -> decrypt(words[1], words[2], words[3]);
            case "export" -> exportBag(words[1], words[2], words[3]);
            case "import" -> importBag("BC", words[1], words[2]);
            case "import-java" -> importBag("", words[1], words[2]);
            case "protect" -> protect(words[1], words[2], words[3]);
            case "unprotect" -> unprotect(words[1], words[2]);
            case "certificate" -> certificate(words[1]).verify(certificate(words[2]).getPublicKey(), "BC");
            case "crl" -> {
                var factory = CertificateFactory.getInstance("X.509", "BC");
                var list = (X509CRL) factory.generateCRL(new ByteArrayInputStream(read(words[1])));
                list.verify(certificate(words[2]).getPublicKey(), "BC");
                check(list.getRevokedCertificates() != null, "entries");
            }
            case "make" -> make(words[1], words[2]);
            case "request" -> request(words[1]);
            case "mistakes" -> mistakes(words[1], words[2], words[3]);
            default -> throw new IllegalArgumentException(words[0]);
        }
    }
}
