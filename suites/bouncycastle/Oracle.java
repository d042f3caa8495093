import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.oiw.OIWObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSAESOAEPparams;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cms.CMSAlgorithm;
import org.bouncycastle.cms.CMSAuthEnvelopedData;
import org.bouncycastle.cms.CMSAuthEnvelopedDataGenerator;
import org.bouncycastle.cms.CMSCompressedData;
import org.bouncycastle.cms.CMSCompressedDataGenerator;
import org.bouncycastle.cms.CMSEnvelopedData;
import org.bouncycastle.cms.CMSEnvelopedDataGenerator;
import org.bouncycastle.cms.CMSEnvelopedDataStreamGenerator;
import org.bouncycastle.cms.CMSEnvelopedGenerator;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.CMSSignedDataStreamGenerator;
import org.bouncycastle.cms.CMSTypedData;
import org.bouncycastle.cms.PasswordRecipient;
import org.bouncycastle.cms.Recipient;
import org.bouncycastle.cms.RecipientInformation;
import org.bouncycastle.cms.RecipientInformationStore;
import org.bouncycastle.cms.SignerInfoGenerator;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.KEKRecipientId;
import org.bouncycastle.cms.jcajce.JcaSignerInfoGeneratorBuilder;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.cms.jcajce.JceCMSContentEncryptorBuilder;
import org.bouncycastle.cms.jcajce.JceKEKEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKEKRecipientInfoGenerator;
import org.bouncycastle.cms.jcajce.JceKeyAgreeEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyAgreeRecipientId;
import org.bouncycastle.cms.jcajce.JceKeyAgreeRecipientInfoGenerator;
import org.bouncycastle.cms.jcajce.JceKeyTransAuthEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyTransEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyTransRecipientId;
import org.bouncycastle.cms.jcajce.JceKeyTransRecipientInfoGenerator;
import org.bouncycastle.cms.jcajce.JcePasswordEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JcePasswordRecipientInfoGenerator;
import org.bouncycastle.cms.jcajce.ZlibCompressor;
import org.bouncycastle.cms.jcajce.ZlibExpanderProvider;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OutputAEADEncryptor;
import org.bouncycastle.operator.OutputEncryptor;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.util.Selector;

/** Bouncy Castle as an oracle: told line by line what to write or read (see suites/src/lines.rs). */
public final class Oracle {
    private static final String BC = "BC";

    private final Path folder;
    private final Map<String, X509Certificate> certificates = new HashMap<>();
    private final Map<String, PrivateKey> keys = new HashMap<>();

    private Oracle(Path folder) {
        this.folder = folder;
    }

    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        Oracle oracle = new Oracle(Path.of(arguments[0]));
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            try {
                out.print("ok\t" + Base64.getEncoder().encodeToString(oracle.answer(line)) + "\n");
            } catch (Exception | Error failure) {
                out.print("no\t" + String.valueOf(failure).replaceAll("\\s+", " ") + "\n");
            }
            out.flush();
        }
    }

    private byte[] answer(String line) throws Exception {
        String[] fields = line.split("\t", -1);
        if (fields[0].equals("version")) {
            String version = Security.getProvider(BC).getVersionStr();
            return ("Bouncy Castle " + version + ", Java " + Runtime.version().feature()).getBytes(StandardCharsets.UTF_8);
        }
        Layer layer = new Layer(fields[1]);
        byte[] octets = Base64.getDecoder().decode(fields[2]);
        boolean writes = fields[0].equals("write");
        return switch (layer.kind) {
            case "sign" -> writes ? sign(layer, octets) : verify(octets, Base64.getDecoder().decode(fields[3]));
            case "seal" -> writes ? seal(layer, octets) : open(layer, octets);
            case "compress" -> writes ? compress(octets) : new CMSCompressedData(octets).getContent(new ZlibExpanderProvider());
            default -> throw new IllegalArgumentException(layer.kind);
        };
    }

    /** A layer in words: {@code sign key=p-256 …}. */
    private static final class Layer {
        final String kind;
        private final Map<String, String> values = new HashMap<>();

        Layer(String words) {
            String[] all = words.split(" ");
            kind = all[0];
            for (String word : Arrays.asList(all).subList(1, all.length)) {
                String[] pair = word.split("=", 2);
                values.put(pair[0], pair[1]);
            }
        }

        String get(String name) {
            return values.get(name);
        }

        boolean is(String name) {
            return "true".equals(values.get(name));
        }

        List<Way> ways() {
            return Arrays.stream(get("to").split(",")).map(Way::new).toList();
        }
    }

    /** How the content key goes to one recipient. */
    private static final class Way {
        final String key;
        final String method;
        final String kdf;
        final String wrap;
        final boolean byKeyId;
        final boolean cofactor;

        Way(String words) {
            String[] all = words.split("/", -1);
            key = all[0];
            method = all[1];
            kdf = all[2];
            wrap = all[3];
            byKeyId = all[4].equals("true");
            cofactor = all[5].equals("true");
        }

        SecretKey kek() {
            byte[] octets = new byte[Integer.parseInt(method.substring(4)) / 8];
            for (int at = 0; at < octets.length; at++) {
                octets[at] = (byte) (at + 1);
            }
            return new SecretKeySpec(octets, "AES");
        }

        boolean agrees() {
            return method.equals("ecdh") || method.equals("x25519");
        }

        byte[] kekId() {
            return new byte[] {(byte) 0xde, (byte) 0xad, (byte) 0xbe, (byte) kek().getEncoded().length};
        }
    }

    private X509Certificate certificate(String name) throws Exception {
        if (!certificates.containsKey(name)) {
            try (InputStream in = Files.newInputStream(folder.resolve(name + ".crt.der"))) {
                CertificateFactory factory = CertificateFactory.getInstance("X.509", BC);
                certificates.put(name, (X509Certificate) factory.generateCertificate(in));
            }
        }
        return certificates.get(name);
    }

    private PrivateKey key(String name) throws Exception {
        if (!keys.containsKey(name)) {
            String kind = name.startsWith("rsa") ? "RSA" : name.startsWith("p-") ? "EC" : name;
            byte[] der = Files.readAllBytes(folder.resolve(name + ".key.der"));
            keys.put(name, KeyFactory.getInstance(kind, BC).generatePrivate(new PKCS8EncodedKeySpec(der)));
        }
        return keys.get(name);
    }

    private char[] password() throws IOException {
        return Files.readString(folder.resolve("password")).toCharArray();
    }

    private byte[] sign(Layer layer, byte[] content) throws Exception {
        CMSTypedData data = new CMSProcessableByteArray(content);
        boolean encapsulate = !layer.is("detached");
        if (layer.is("stream")) {
            CMSSignedDataStreamGenerator generator = new CMSSignedDataStreamGenerator();
            generator.addSignerInfoGenerator(signer(layer));
            generator.addCertificates(new JcaCertStore(List.of(certificate(layer.get("key")))));
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try (OutputStream into = generator.open(out, encapsulate)) {
                into.write(content);
            }
            return out.toByteArray();
        }
        CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
        generator.addSignerInfoGenerator(signer(layer));
        generator.addCertificates(new JcaCertStore(List.of(certificate(layer.get("key")))));
        return generator.generate(data, encapsulate).getEncoded();
    }

    private SignerInfoGenerator signer(Layer layer) throws Exception {
        String scheme = layer.get("scheme");
        String hash = scheme.substring(scheme.lastIndexOf('-') + 1).toUpperCase();
        String name = scheme.equals("ed25519") ? "Ed25519"
            : scheme.startsWith("rsa-pkcs1") ? hash + "withRSA"
            : scheme.startsWith("rsa-pss") ? hash + "withRSAandMGF1"
            : hash + "withECDSA";
        ContentSigner content = new JcaContentSignerBuilder(name).setProvider(BC).build(key(layer.get("key")));
        JcaSignerInfoGeneratorBuilder builder =
            new JcaSignerInfoGeneratorBuilder(new JcaDigestCalculatorProviderBuilder().setProvider(BC).build());
        builder.setDirectSignature(!layer.is("attributes"));
        X509Certificate certificate = certificate(layer.get("key"));
        return layer.is("by_key_id") ? builder.build(content, keyIdentifier(certificate)) : builder.build(content, certificate);
    }

    private static byte[] keyIdentifier(X509Certificate certificate) throws Exception {
        return SubjectKeyIdentifier.fromExtensions(new JcaX509CertificateHolder(certificate).getExtensions()).getKeyIdentifier();
    }

    private static byte[] verify(byte[] cms, byte[] detached) throws Exception {
        CMSSignedData whole = new CMSSignedData(cms);
        boolean beside = whole.getSignedContent() == null;
        CMSSignedData signed = beside ? new CMSSignedData(new CMSProcessableByteArray(detached), cms) : whole;
        for (SignerInformation signer : signed.getSignerInfos().getSigners()) {
            @SuppressWarnings("unchecked")
            Selector<X509CertificateHolder> named = signer.getSID();
            X509CertificateHolder holder = signed.getCertificates().getMatches(named).iterator().next();
            var verifier = new JcaSimpleSignerInfoVerifierBuilder().setProvider(BC).build(holder);
            if (!signer.verify(verifier)) {
                throw new IllegalStateException("the signature does not fit");
            }
        }
        if (signed.getSignerInfos().size() == 0) {
            throw new IllegalStateException("no signer");
        }
        return beside ? detached : (byte[]) signed.getSignedContent().getContent();
    }

    private static byte[] compress(byte[] content) throws Exception {
        return new CMSCompressedDataGenerator().generate(new CMSProcessableByteArray(content), new ZlibCompressor()).getEncoded();
    }

    private static ASN1ObjectIdentifier cipher(String name) {
        return switch (name) {
            case "aes-128-cbc" -> CMSAlgorithm.AES128_CBC;
            case "aes-192-cbc" -> CMSAlgorithm.AES192_CBC;
            case "aes-256-cbc" -> CMSAlgorithm.AES256_CBC;
            case "3des-cbc" -> CMSAlgorithm.DES_EDE3_CBC;
            case "aes-128-gcm" -> CMSAlgorithm.AES128_GCM;
            case "aes-192-gcm" -> CMSAlgorithm.AES192_GCM;
            case "aes-256-gcm" -> CMSAlgorithm.AES256_GCM;
            case "aes-256-ccm" -> CMSAlgorithm.AES256_CCM;
            case "chacha20-poly1305" -> PKCSObjectIdentifiers.id_alg_AEADChaCha20Poly1305;
            default -> throw new IllegalArgumentException("not offered: " + name);
        };
    }

    private byte[] seal(Layer layer, byte[] content) throws Exception {
        String name = layer.get("cipher");
        OutputEncryptor encryptor = new JceCMSContentEncryptorBuilder(cipher(name)).setProvider(BC).build();
        CMSTypedData data = new CMSProcessableByteArray(content);
        if (!name.endsWith("-cbc")) {
            if (layer.is("stream")) {
                throw new IllegalArgumentException("not offered: streaming AuthEnvelopedData");
            }
            CMSAuthEnvelopedDataGenerator generator = new CMSAuthEnvelopedDataGenerator();
            addRecipients(generator, layer);
            return generator.generate(data, (OutputAEADEncryptor) encryptor).getEncoded();
        }
        if (layer.is("stream")) {
            CMSEnvelopedDataStreamGenerator generator = new CMSEnvelopedDataStreamGenerator();
            addRecipients(generator, layer);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try (OutputStream into = generator.open(out, encryptor)) {
                into.write(content);
            }
            return out.toByteArray();
        }
        CMSEnvelopedDataGenerator generator = new CMSEnvelopedDataGenerator();
        addRecipients(generator, layer);
        return generator.generate(data, encryptor).getEncoded();
    }

    private void addRecipients(CMSEnvelopedGenerator generator, Layer layer) throws Exception {
        for (Way way : layer.ways()) {
            if (way.method.startsWith("kek-")) {
                generator.addRecipientInfoGenerator(new JceKEKRecipientInfoGenerator(way.kekId(), way.kek()).setProvider(BC));
            } else if (way.method.equals("password")) {
                generator.addRecipientInfoGenerator(
                    new JcePasswordRecipientInfoGenerator(CMSAlgorithm.AES256_CBC, password())
                        .setProvider(BC).setPasswordConversionScheme(PasswordRecipient.PKCS5_SCHEME2_UTF8));
            } else if (way.method.equals("ecdh")) {
                generator.addRecipientInfoGenerator(agreement(way));
            } else {
                generator.addRecipientInfoGenerator(transport(way));
            }
        }
    }

    private JceKeyTransRecipientInfoGenerator transport(Way way) throws Exception {
        X509Certificate certificate = certificate(way.key);
        AlgorithmIdentifier algorithm = switch (way.method) {
            case "rsa-pkcs1v15" -> new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE);
            case "rsa-oaep-sha1" -> oaep(OIWObjectIdentifiers.idSHA1);
            case "rsa-oaep-sha256" -> oaep(NISTObjectIdentifiers.id_sha256);
            case "rsa-oaep-sha384" -> oaep(NISTObjectIdentifiers.id_sha384);
            case "rsa-oaep-sha512" -> oaep(NISTObjectIdentifiers.id_sha512);
            default -> throw new IllegalArgumentException("not offered: " + way.method);
        };
        if (way.byKeyId) {
            return new JceKeyTransRecipientInfoGenerator(keyIdentifier(certificate), algorithm, certificate.getPublicKey()).setProvider(BC);
        }
        return new JceKeyTransRecipientInfoGenerator(certificate, algorithm).setProvider(BC);
    }

    private static AlgorithmIdentifier oaep(ASN1ObjectIdentifier hash) {
        AlgorithmIdentifier digest = new AlgorithmIdentifier(hash, DERNull.INSTANCE);
        AlgorithmIdentifier mask = new AlgorithmIdentifier(PKCSObjectIdentifiers.id_mgf1, digest);
        return new AlgorithmIdentifier(PKCSObjectIdentifiers.id_RSAES_OAEP,
            new RSAESOAEPparams(digest, mask, RSAESOAEPparams.DEFAULT_P_SOURCE_ALGORITHM));
    }

    private JceKeyAgreeRecipientInfoGenerator agreement(Way way) throws Exception {
        X509Certificate certificate = certificate(way.key);
        KeyPairGenerator pairs = KeyPairGenerator.getInstance("EC", BC);
        pairs.initialize(((ECPublicKey) certificate.getPublicKey()).getParams());
        KeyPair pair = pairs.generateKeyPair();
        ASN1ObjectIdentifier scheme = switch (way.kdf + (way.cofactor ? " cofactor" : "")) {
            case "kdf-sha1" -> CMSAlgorithm.ECDH_SHA1KDF;
            case "kdf-sha224" -> CMSAlgorithm.ECDH_SHA224KDF;
            case "kdf-sha256" -> CMSAlgorithm.ECDH_SHA256KDF;
            case "kdf-sha384" -> CMSAlgorithm.ECDH_SHA384KDF;
            case "kdf-sha512" -> CMSAlgorithm.ECDH_SHA512KDF;
            case "kdf-sha1 cofactor" -> CMSAlgorithm.ECCDH_SHA1KDF;
            case "kdf-sha224 cofactor" -> CMSAlgorithm.ECCDH_SHA224KDF;
            case "kdf-sha256 cofactor" -> CMSAlgorithm.ECCDH_SHA256KDF;
            case "kdf-sha384 cofactor" -> CMSAlgorithm.ECCDH_SHA384KDF;
            case "kdf-sha512 cofactor" -> CMSAlgorithm.ECCDH_SHA512KDF;
            default -> throw new IllegalArgumentException("not offered: " + way.kdf);
        };
        ASN1ObjectIdentifier wrap = switch (way.wrap) {
            case "wrap-aes-128" -> CMSAlgorithm.AES128_WRAP;
            case "wrap-aes-192" -> CMSAlgorithm.AES192_WRAP;
            default -> CMSAlgorithm.AES256_WRAP;
        };
        JceKeyAgreeRecipientInfoGenerator generator =
            new JceKeyAgreeRecipientInfoGenerator(scheme, pair.getPrivate(), pair.getPublic(), wrap).setProvider(BC);
        return way.byKeyId
            ? generator.addRecipient(keyIdentifier(certificate), certificate.getPublicKey())
            : generator.addRecipient(certificate);
    }

    private byte[] open(Layer layer, byte[] cms) throws Exception {
        Way way = layer.ways().get(Integer.parseInt(layer.get("reader")));
        boolean authenticated = !layer.get("cipher").endsWith("-cbc");
        RecipientInformationStore store = authenticated
            ? new CMSAuthEnvelopedData(cms).getRecipientInfos()
            : new CMSEnvelopedData(cms).getRecipientInfos();
        return find(store, way).getContent(recipient(way, authenticated));
    }

    private RecipientInformation find(RecipientInformationStore store, Way way) throws Exception {
        RecipientInformation found = null;
        if (way.method.startsWith("kek-")) {
            found = store.get(new KEKRecipientId(way.kekId()));
        } else if (way.method.equals("password")) {
            for (RecipientInformation one : store.getRecipients()) {
                found = one.getRID() instanceof org.bouncycastle.cms.PasswordRecipientId ? one : found;
            }
        } else {
            X509Certificate certificate = certificate(way.key);
            found = way.agrees()
                ? store.get(new JceKeyAgreeRecipientId(certificate))
                : store.get(new JceKeyTransRecipientId(certificate));
        }
        if (found == null) {
            throw new IllegalStateException("not for this recipient");
        }
        return found;
    }

    private Recipient recipient(Way way, boolean authenticated) throws Exception {
        if (way.method.startsWith("kek-")) {
            if (authenticated) {
                throw new IllegalArgumentException("not offered: a shared key for AuthEnvelopedData");
            }
            return new JceKEKEnvelopedRecipient(way.kek()).setProvider(BC);
        }
        if (way.method.equals("password")) {
            if (authenticated) {
                throw new IllegalArgumentException("not offered: a pass phrase for AuthEnvelopedData");
            }
            return new JcePasswordEnvelopedRecipient(password())
                .setProvider(BC).setPasswordConversionScheme(PasswordRecipient.PKCS5_SCHEME2_UTF8);
        }
        PrivateKey key = key(way.key);
        if (way.agrees()) {
            if (authenticated) {
                throw new IllegalArgumentException("not offered: key agreement for AuthEnvelopedData");
            }
            return new JceKeyAgreeEnvelopedRecipient(key).setProvider(BC);
        }
        return authenticated
            ? new JceKeyTransAuthEnvelopedRecipient(key).setProvider(BC)
            : new JceKeyTransEnvelopedRecipient(key).setProvider(BC);
    }
}
