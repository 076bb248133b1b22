package io.trunkline.proxy;

import io.trunkline.config.CompatVersion;
import io.trunkline.config.InvalidValueException;
import io.trunkline.config.LoggingParameters;
import io.trunkline.config.Parameter;
import io.trunkline.config.ParameterDefinition;
import io.trunkline.config.ParameterTable;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.config.ReloadContext;
import io.trunkline.config.ShownValue;
import io.trunkline.pcp.layout.SettingLayout;
import io.trunkline.pcp.layout.Table;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import io.trunkline.proxy.route.Plan;
import io.trunkline.proxy.session.Asker;
import io.trunkline.proxy.session.LocalResult;
import io.trunkline.sql.StatementDetail.Setting;
import io.trunkline.sql.StatementDetail.SettingAction;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * PGPOOL SHOW, PGPOOL SET and PGPOOL RESET, with the texts of Pgpool-II. What is set holds for the session that sets it,
 * until it ends.
 */
final class SettingCommands {
    private static final String ALL = "all";
    private static final String CACHE_DELETE = "cache delete";
    private static final Pattern NUMBER = Pattern.compile("-?[0-9]{1,18}");
    private static final Pattern BOUNDS = Pattern.compile("(-?[0-9]+) (?:to ([0-9]+)|or more)");

    /** What is everybody's: with them a session could fill the log, or stay out of it. */
    private static final Set<Parameter<?>> OF_THE_LOG = Set.of(
            LoggingParameters.LOG_MIN_MESSAGES,
            LoggingParameters.LOG_ERROR_VERBOSITY,
            LoggingParameters.LOG_STATEMENT,
            LoggingParameters.LOG_PER_NODE_STATEMENT,
            LoggingParameters.LOG_CLIENT_MESSAGES,
            LoggingParameters.LOG_BACKEND_MESSAGES);

    private final CompatVersion version;
    private final Predicate<String> mayChangeLog;

    /** @param mayChangeLog whether a user may set what is logged of their sessions */
    SettingCommands(CompatVersion version, Predicate<String> mayChangeLog) {
        this.version = version;
        this.mayChangeLog = mayChangeLog;
    }

    /** Of the answer; none if it is no table. */
    List<String> columns(Plan command, Asker asker) {
        Setting setting = setting(command);
        return setting.action() == SettingAction.SHOW
                ? show(setting.name(), asker.config()).columns()
                : List.of();
    }

    LocalResult answer(Plan command, Asker asker) {
        Setting setting = setting(command);
        return switch (setting.action()) {
            case SHOW -> show(setting.name(), asker.config());
            case SET -> set(setting.name(), setting.value().orElse(""), asker);
            case RESET -> reset(setting.name(), asker);
            case FROM_CURRENT -> unknown(setting.name());
        };
    }

    private static Setting setting(Plan command) {
        return (Setting) Objects.requireNonNull(command.detail());
    }

    // ---- SHOW

    private LocalResult show(String name, PgpoolConfig config) {
        if (name.equals(ALL)) {
            return several(config.showAll());
        }
        Optional<List<ShownValue>> array = config.showArray(groupName(name));
        if (array.isPresent()) {
            return several(array.get());
        }
        return config.show(name)
                .map(value -> LocalResult.table(List.of(name), List.of(List.of(value))))
                .orElseGet(() -> LocalResult.error(
                        ServerMessage.error(SqlState.UNDEFINED_OBJECT, "config variable \"" + name + "\" not found")));
    }

    /** The watchdog's group had another name up to 4.1. */
    private String groupName(String name) {
        return name.equals("other_pgpool") && !version.isAtLeast(CompatVersion.V4_2) ? "watchdog" : name;
    }

    private static LocalResult several(List<ShownValue> values) {
        Table table = SettingLayout.show(values);
        return LocalResult.table(table.columns(), table.rows());
    }

    // ---- SET and RESET

    private LocalResult set(String name, String value, Asker asker) {
        if (name.equals(CACHE_DELETE)) {
            return LocalResult.error(ServerMessage.error(SqlState.FEATURE_NOT_SUPPORTED, "query cache is not enabled"));
        }
        Optional<ParameterDefinition<?>> definition = ParameterTable.find(name);
        if (definition.isEmpty()) {
            return unknown(name);
        }
        if (!isOfSession(definition.get())) {
            return notOfSession(name);
        }
        if (OF_THE_LOG.contains(definition.get()) && !mayChangeLog.test(asker.user())) {
            return LocalResult.error(ServerMessage.error(
                            SqlState.INSUFFICIENT_PRIVILEGE, "permission denied to set parameter \"" + name + "\"")
                    .withHint("Users named in admin_users may."));
        }
        try {
            asker.ownSettings().set((Parameter<?>) definition.get(), value);
            return LocalResult.command("SET");
        } catch (InvalidValueException e) {
            return LocalResult.error(invalid(definition.get(), value, e));
        }
    }

    private static LocalResult reset(String name, Asker asker) {
        if (name.equals(ALL)) {
            asker.ownSettings().resetAll();
            return LocalResult.command("RESET");
        }
        Optional<ParameterDefinition<?>> definition = ParameterTable.find(name);
        if (definition.isEmpty()) {
            return unknown(name);
        }
        if (!isOfSession(definition.get())) {
            return notOfSession(name);
        }
        asker.ownSettings().reset((Parameter<?>) definition.get());
        return LocalResult.command("RESET");
    }

    private static boolean isOfSession(ParameterDefinition<?> definition) {
        return definition.context() == ReloadContext.SESSION && definition instanceof Parameter;
    }

    private static LocalResult unknown(String name) {
        return LocalResult.error(ServerMessage.error(
                SqlState.UNDEFINED_OBJECT, "unrecognized configuration parameter \"" + name + "\""));
    }

    private static LocalResult notOfSession(String name) {
        return LocalResult.error(ServerMessage.error(
                SqlState.CANT_CHANGE_RUNTIME_PARAM,
                "invalid Context, value for parameter \"" + name + "\" cannot be changed"));
    }

    private static ServerMessage invalid(ParameterDefinition<?> definition, String value, InvalidValueException why) {
        Matcher bounds = BOUNDS.matcher(definition.type().bounds());
        String text = NUMBER.matcher(value).matches() && bounds.matches()
                ? value + " is outside the valid range for parameter \"" + definition.name() + "\" ("
                        + bounds.group(1) + " .. "
                        + Objects.requireNonNullElse(bounds.group(2), Integer.toString(Integer.MAX_VALUE)) + ")"
                : "invalid value for parameter \"" + definition.name() + "\": \"" + value + "\"";
        return ServerMessage.error(SqlState.INVALID_PARAMETER_VALUE, text).withDetail(why.reason());
    }
}
