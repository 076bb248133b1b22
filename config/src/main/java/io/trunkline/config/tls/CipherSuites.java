package io.trunkline.config.tls;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A list of ciphers in the notation of OpenSSL (openssl-ciphers(1)), worked out over the suites that are in use with
 * TLS 1.2. Words that name weaker ciphers are understood and select nothing; those of TLS 1.3 are not chosen here.
 *
 * @param suites standard names, in order of preference
 * @param unknown words that mean nothing here, as they were written
 */
public record CipherSuites(List<String> suites, List<String> unknown) {
    /** What TLS 1.3 has, in OpenSSL's order. */
    public static final List<String> TLS_1_3 =
            List.of("TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256");

    /** By OpenSSL's name, standard name, and the words that select it; in OpenSSL's own order. */
    private record Suite(String name, String standardName, Set<String> words) {}

    /** Words of OpenSSL for what is too weak, or too rare, to be offered. */
    private static final Set<String> SELECTING_NOTHING = Set.of(
            ("MEDIUM LOW NULL ENULL ANULL COMPLEMENTOFDEFAULT COMPLEMENTOFALL EXP EXPORT EXPORT40 EXPORT56 ADH AECDH "
                            + "DSS ADSS KDH KDHR KDHD KECDH KECDHR PSK KPSK APSK KRSAPSK KECDHEPSK KDHEPSK SRP ASRP KSRP "
                            + "DES 3DES RC2 RC4 IDEA SEED CAMELLIA CAMELLIA128 CAMELLIA256 ARIA ARIA128 ARIA256 ARIAGCM "
                            + "AESCCM AESCCM8 MD5 GOST94 GOST89MAC GOST2012 AGOST KGOST KRB5 SSLV2 DES-CBC3-SHA RC4-SHA RC4-MD5")
                    .split(" "));

    private static final List<Suite> ALL = List.of(
            suite("ECDHE-ECDSA-AES256-GCM-SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
            suite("ECDHE-RSA-AES256-GCM-SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
            suite("DHE-RSA-AES256-GCM-SHA384", "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"),
            suite("ECDHE-ECDSA-CHACHA20-POLY1305", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
            suite("ECDHE-RSA-CHACHA20-POLY1305", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
            suite("DHE-RSA-CHACHA20-POLY1305", "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
            suite("ECDHE-ECDSA-AES128-GCM-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
            suite("ECDHE-RSA-AES128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
            suite("DHE-RSA-AES128-GCM-SHA256", "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"),
            suite("ECDHE-ECDSA-AES256-SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"),
            suite("ECDHE-RSA-AES256-SHA384", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"),
            suite("DHE-RSA-AES256-SHA256", "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256"),
            suite("ECDHE-ECDSA-AES128-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"),
            suite("ECDHE-RSA-AES128-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"),
            suite("DHE-RSA-AES128-SHA256", "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256"),
            suite("ECDHE-ECDSA-AES256-SHA", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"),
            suite("ECDHE-RSA-AES256-SHA", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"),
            suite("DHE-RSA-AES256-SHA", "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"),
            suite("ECDHE-ECDSA-AES128-SHA", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"),
            suite("ECDHE-RSA-AES128-SHA", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"),
            suite("DHE-RSA-AES128-SHA", "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"),
            suite("AES256-GCM-SHA384", "TLS_RSA_WITH_AES_256_GCM_SHA384"),
            suite("AES128-GCM-SHA256", "TLS_RSA_WITH_AES_128_GCM_SHA256"),
            suite("AES256-SHA256", "TLS_RSA_WITH_AES_256_CBC_SHA256"),
            suite("AES128-SHA256", "TLS_RSA_WITH_AES_128_CBC_SHA256"),
            suite("AES256-SHA", "TLS_RSA_WITH_AES_256_CBC_SHA"),
            suite("AES128-SHA", "TLS_RSA_WITH_AES_128_CBC_SHA"));

    public CipherSuites {
        suites = List.copyOf(suites);
        unknown = List.copyOf(unknown);
    }

    private static Suite suite(String name, String standardName) {
        Set<String> words = new LinkedHashSet<>(List.of("ALL", "DEFAULT", "HIGH", "FIPS"));
        String[] halves = standardName.substring("TLS_".length()).split("_WITH_");
        switch (halves[0]) {
            case "ECDHE_ECDSA" ->
                words.addAll(List.of("ECDHE", "EECDH", "KECDHE", "KEECDH", "ECDH", "ECDSA", "AECDSA"));
            case "ECDHE_RSA" -> words.addAll(List.of("ECDHE", "EECDH", "KECDHE", "KEECDH", "ECDH", "ARSA"));
            case "DHE_RSA" -> words.addAll(List.of("DHE", "EDH", "KDHE", "KEDH", "DH", "ARSA"));
            default -> words.addAll(List.of("RSA", "KRSA", "ARSA"));
        }
        String cipher = halves[1];
        if (cipher.startsWith("AES")) {
            words.add("AES");
            words.add(cipher.startsWith("AES_256") ? "AES256" : "AES128");
        } else {
            words.add("CHACHA20");
        }
        if (cipher.contains("_GCM_")) {
            words.add("AESGCM");
        }
        if (cipher.contains("_CBC_")) {
            words.addAll(
                    switch (cipher.substring(cipher.lastIndexOf('_') + 1)) {
                        case "SHA" -> List.of("SHA", "SHA1", "SSLV3", "TLSV1", "TLSV1.0");
                        case "SHA256" -> List.of("SHA256", "TLSV1.2");
                        default -> List.of("SHA384", "TLSV1.2");
                    });
        } else {
            words.addAll(List.of("AEAD", "TLSV1.2"));
        }
        return new Suite(name, standardName, Set.copyOf(words));
    }

    /** Works a list out. What it selects may be nothing. */
    public static CipherSuites parse(String text) {
        List<Suite> chosen = new ArrayList<>();
        Set<Suite> banned = new LinkedHashSet<>();
        List<String> unknown = new ArrayList<>();
        for (String word : text.split("[:,; ]+")) {
            if (word.isEmpty() || word.startsWith("@SECLEVEL=")) {
                continue;
            }
            if (word.equals("@STRENGTH")) {
                List<Suite> sorted = new ArrayList<>(chosen);
                sorted.sort((a, b) -> Integer.compare(bits(b), bits(a)));
                chosen = sorted;
                continue;
            }
            char operator = word.charAt(0);
            boolean operated = operator == '!' || operator == '-' || operator == '+';
            String selector = operated ? word.substring(1) : word;
            if (!isKnown(selector)) {
                unknown.add(word);
                continue;
            }
            List<Suite> selected = select(selector);
            switch (operator) {
                case '!' -> {
                    banned.addAll(selected);
                    chosen.removeAll(selected);
                }
                case '-' -> chosen.removeAll(selected);
                case '+' -> {
                    List<Suite> moved = new ArrayList<>(chosen);
                    moved.retainAll(selected);
                    chosen.removeAll(moved);
                    chosen.addAll(moved);
                }
                default -> add(chosen, selected, banned);
            }
        }
        return new CipherSuites(chosen.stream().map(Suite::standardName).toList(), unknown);
    }

    private static void add(List<Suite> chosen, List<Suite> selected, Collection<Suite> banned) {
        for (Suite suite : selected) {
            if (!banned.contains(suite) && !chosen.contains(suite)) {
                chosen.add(suite);
            }
        }
    }

    /** A word, a name, or several joined by plus signs, all of which have to hold. */
    private static List<Suite> select(String selector) {
        List<String> parts = parts(selector);
        return ALL.stream()
                .filter(suite -> parts.stream().allMatch(part -> isSelectedBy(suite, part)))
                .toList();
    }

    private static boolean isSelectedBy(Suite suite, String part) {
        return suite.words().contains(part)
                || suite.name().equals(part)
                || suite.standardName().equals(part);
    }

    private static boolean isKnown(String selector) {
        return parts(selector).stream()
                .allMatch(part ->
                        SELECTING_NOTHING.contains(part) || ALL.stream().anyMatch(suite -> isSelectedBy(suite, part)));
    }

    private static List<String> parts(String selector) {
        return Arrays.stream(selector.split("\\+"))
                .map(part -> part.toUpperCase(Locale.ROOT))
                .toList();
    }

    private static int bits(Suite suite) {
        return suite.words().contains("AES128") ? 128 : 256;
    }
}
