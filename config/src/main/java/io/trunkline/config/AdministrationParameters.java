package io.trunkline.config;

import static io.trunkline.config.Types.list;

import io.trunkline.config.Declaration.Section;
import java.util.List;

/** Trunkline's own parameters of what administrators see and may do. */
public final class AdministrationParameters {
    private static final Section ADMINISTRATION = new Section(Group.ADMINISTRATION);

    public static final Parameter<CompatVersion> PGPOOL_COMPAT_VERSION = ADMINISTRATION
            .startup(
                    "pgpool_compat_version",
                    EnumType.named(CompatVersion.class, CompatVersion::release),
                    "4.7",
                    "The release of Pgpool-II whose layouts the SHOW commands and the PCP server keep to, and some of its habits.")
            .own()
            .single();

    public static final Parameter<List<String>> ADMIN_USERS = ADMINISTRATION
            .reload(
                    "admin_users",
                    list(','),
                    "",
                    "Users who see all sessions in the SHOW commands; once one is named, only they may change with PGPOOL SET what is logged of a session.")
            .own()
            .single();

    public static final Parameter<List<String>> STATS_USERS = ADMINISTRATION
            .reload(
                    "stats_users",
                    list(','),
                    "",
                    "Users who see all sessions in the SHOW commands, and no more than that.")
            .own()
            .single();

    private AdministrationParameters() {}

    static List<List<ParameterDefinition<?>>> sections() {
        return List.of(ADMINISTRATION.definitions());
    }
}
