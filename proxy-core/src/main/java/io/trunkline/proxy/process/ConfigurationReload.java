package io.trunkline.proxy.process;

import io.trunkline.config.ConfigCheck;
import io.trunkline.config.Diagnostic;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.config.Reload;
import io.trunkline.config.Severity;
import io.trunkline.config.TlsFiles;
import io.trunkline.config.TlsParameters;
import io.trunkline.pcp.ReloadOutcome;
import io.trunkline.proxy.ProxyServer;
import io.trunkline.proxy.TlsContexts;
import io.trunkline.proxy.auth.StoredCredentials;
import io.trunkline.proxy.log.LogSettings;
import io.trunkline.proxy.log.ServerLog;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the files of a running server again. What is in them holds completely or not at all. */
final class ConfigurationReload {
    private static final Logger log = LoggerFactory.getLogger(ConfigurationReload.class);

    private ConfigurationReload() {}

    /** One at a time. */
    static ReloadOutcome run(ConfigCheck files, ProxyServer proxy) {
        log.info("reloading {}", files.pgpoolConf().toAbsolutePath());
        ConfigCheck.Outcome read = files.run();
        read.diagnostics().forEach(ServerProcess::logDiagnostic);
        if (read.config().isEmpty()) {
            log.error("the configuration has errors: nothing is changed");
            return new ReloadOutcome(false, errors(read));
        }
        Reload reload = Reload.apply(proxy.config(), read.config().get());
        TlsContexts tls;
        try {
            tls = tls(files, reload.effective(), read);
        } catch (SSLException e) {
            log.error("TLS cannot be set up: {}; nothing is changed", e.getMessage());
            return new ReloadOutcome(false, List.of("TLS cannot be set up: " + e.getMessage()));
        }
        proxy.reload(reload.effective(), StoredCredentials.of(read.passwords()), ServerProcess.access(read), tls);
        ServerLog.apply(LogSettings.of(files.pgpoolConf(), reload.effective()));
        List<String> messages = new ArrayList<>();
        reload.changed().forEach(change -> messages.add("parameter " + change));
        reload.needingRestart().forEach(change -> messages.add("parameter " + change + " takes effect at a restart"));
        reload.addedNodes().forEach(node -> messages.add("node " + node.id() + " is added, out of service"));
        messages.forEach(log::info);
        log.info(
                "configuration is reloaded, {} changed",
                ServerProcess.count(reload.changed().size(), "parameter"));
        return new ReloadOutcome(true, messages);
    }

    /** What is wrong in the files. */
    static List<String> errors(ConfigCheck.Outcome read) {
        return read.diagnostics().stream()
                .filter(d -> d.severity() == Severity.ERROR)
                .map(Diagnostic::toString)
                .toList();
    }

    /** Where the file switches ssl on or off, which takes a restart, the files are read once more as before. */
    private static TlsContexts tls(ConfigCheck files, PgpoolConfig effective, ConfigCheck.Outcome read)
            throws SSLException {
        boolean same = read.config()
                .map(fresh -> fresh.get(TlsParameters.SSL).equals(effective.get(TlsParameters.SSL)))
                .orElse(true);
        if (same) {
            return TlsContexts.create(effective, read.tls());
        }
        TlsFiles.Reading again = TlsFiles.read(files.pgpoolConf(), effective);
        for (Diagnostic diagnostic : again.diagnostics()) {
            if (diagnostic.severity() == Severity.ERROR) {
                throw new SSLException(diagnostic.messageForLog());
            }
        }
        return TlsContexts.create(effective, again.files());
    }
}
