package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds wherever somebody else than the servers says which passwords are right. */
abstract class PasswordsJudgedElsewhere {
    static final String OTHER_SECRET = "another secret";

    /** Known to the judge, and on the servers with the same password, which they ask for by SCRAM. */
    final String ann;

    /** Known to the judge only. */
    final String cid;

    /** On the servers only, with a password. */
    final String dan;

    /** Known to the judge, and on the servers with another password. */
    final String eve;

    /** @param prefix what the names of the users begin with */
    PasswordsJudgedElsewhere(String prefix) {
        ann = prefix + "ann";
        cid = prefix + "cid";
        dan = prefix + "dan";
        eve = prefix + "eve";
    }

    /** One whose rule asks the judge; the servers get the password that was found right. */
    abstract TestProxy proxy(String... passwords) throws IOException;

    /** Each question that the judge has been asked in this test, with the name of the user. */
    abstract List<String> asked() throws IOException;

    /** The password of a user whom the judge knows. */
    static String password(String user) {
        return "secret of " + user;
    }

    /** Makes the users known to the servers. */
    void createRoles() {
        Cluster.shared()
                .node(Cluster.PRIMARY)
                .query("SET password_encryption = 'scram-sha-256'; " + role(ann, password(ann))
                        + role(dan, password(dan)) + role(eve, OTHER_SECRET));
        Cluster.awaitStandbys();
    }

    private static String role(String name, String password) {
        return "CREATE ROLE " + name + " LOGIN PASSWORD '" + password + "' IN ROLE " + Cluster.SCRAM_ROLES + "; ";
    }

    void dropRoles() {
        Cluster.shared().node(Cluster.PRIMARY).query("DROP ROLE IF EXISTS " + String.join(", ", ann, dan, eve));
    }

    @Test
    void theRightPasswordLogsInToAllServers() throws IOException {
        try (TestProxy proxy = proxy();
                RawClient client = ClearText.session(proxy, ann, password(ann))) {
            assertThat(asked()).singleElement().asString().contains(ann);
            Eventually.holds(
                    () -> assertThat(client.ask("SELECT port FROM here")).isEqualTo(Cluster.port(TestProxy.READ_NODE)));
        }
    }

    @Test
    void aWrongPasswordIsRefusedOnAWarmPoolToo() throws IOException {
        try (TestProxy proxy = proxy()) {
            ClearText.wrong(proxy, ann, password(cid));
            ClearText.admitted(proxy, ann, password(ann));
            proxy.awaitNoneBusy(Cluster.PRIMARY);
            assertThat(proxy.idle(Cluster.PRIMARY)).isPositive();

            ClearText.wrong(proxy, ann, password(cid));
            ClearText.admitted(proxy, ann, password(ann));
            assertThat(asked()).hasSize(4).allMatch(question -> question.contains(ann));
        }
    }

    @Test
    void whoIsNotKnownThereIsRefusedWithThePasswordOfTheServersToo() throws IOException {
        try (TestProxy proxy = proxy()) {
            ClearText.wrong(proxy, dan, password(dan));
            ClearText.wrong(proxy, "nobody_at_all", "anything");
            assertThat(proxy.server().pool().open(Cluster.PRIMARY)).isZero();
        }
    }

    @Test
    void whoIsKnownThereOnlyIsRefusedByTheServers() throws IOException {
        try (TestProxy proxy = proxy()) {
            ClearText.refused(proxy, cid, password(cid), "28000", "role \"" + cid + "\" does not exist");
        }
    }

    @Test
    void aPasswordThatIsRightOnlyThereIsRefusedByTheServers() throws IOException {
        try (TestProxy proxy = proxy()) {
            ClearText.wrong(proxy, eve, password(eve));
            assertThat(asked()).singleElement().asString().contains(eve);
        }
    }

    @Test
    void anEmptyPasswordIsRefusedBeforeAnybodyIsAsked() throws IOException {
        try (TestProxy proxy = proxy()) {
            ClearText.empty(proxy, ann);
            assertThat(asked()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TEXT", "AES"})
    void aStoredPasswordLogsInToTheServers(String form) throws IOException {
        try (TestProxy proxy = proxy(storedAs(form))) {
            logsInWithWhatIsStored(proxy);
        }
    }

    /** An entry with eve's password on the servers. */
    String storedAs(String form) {
        return eve + ":" + (form.equals("AES") ? TestProxy.encrypted(OTHER_SECRET) : form + OTHER_SECRET);
    }

    /** What the client sends is judged elsewhere, what is stored by the servers. */
    void logsInWithWhatIsStored(TestProxy proxy) throws IOException {
        ClearText.wrong(proxy, eve, OTHER_SECRET);
        ClearText.admitted(proxy, eve, password(eve));
        proxy.awaitNoneBusy(Cluster.PRIMARY);
        assertThat(proxy.idle(Cluster.PRIMARY)).isPositive();
        ClearText.wrong(proxy, eve, OTHER_SECRET);
        assertThat(asked()).hasSize(3).allMatch(question -> question.contains(eve));
    }

    @Test
    void anMd5HashDoesNotLogInToServersThatAskForScram() throws IOException {
        try (TestProxy proxy = proxy(md5Hash())) {
            isRefusedForTheHash(proxy);
        }
    }

    /** An entry of ann's. */
    String md5Hash() {
        return ann + ":md5" + "0".repeat(32);
    }

    void isRefusedForTheHash(TestProxy proxy) throws IOException {
        ClearText.refused(
                proxy,
                ann,
                password(ann),
                "28000",
                "Trunkline cannot log in as user \"" + ann
                        + "\": the server asks for SCRAM-SHA-256, and only an md5 hash is stored");
    }
}
