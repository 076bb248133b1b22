package io.trunkline.it;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Who may depend on whom among our modules, and how classes are not named. */
class ModuleWallsTest {
    private static final String ROOT = "io.trunkline.";

    /** By package: what it may use of ours. */
    private static final Map<String, Set<String>> MAY_USE = Map.of(
            "config", Set.of(),
            "sql", Set.of(),
            "protocol", Set.of(),
            "pool", Set.of("protocol", "config"),
            "failover", Set.of("pool", "protocol", "config"),
            "pcp", Set.of("protocol", "config"),
            "proxy", Set.of("config", "sql", "protocol", "pool", "failover", "pcp"),
            "localcluster", Set.of(),
            "cli", Set.of("proxy", "sql", "localcluster", "config", "pcp"));

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.trunkline");

    static Set<String> modules() {
        return new TreeSet<>(MAY_USE.keySet());
    }

    @ParameterizedTest
    @MethodSource("modules")
    void moduleUsesOnlyWhatItMay(String module) {
        List<String> forbidden = new ArrayList<>();
        Set<String> allowed = MAY_USE.getOrDefault(module, Set.of());
        for (String other : MAY_USE.keySet()) {
            if (!other.equals(module) && !allowed.contains(other)) {
                forbidden.add(ROOT + other + "..");
            }
        }
        noClasses()
                .that()
                .resideInAPackage(ROOT + module + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(forbidden.toArray(String[]::new))
                .allowEmptyShould(true)
                .check(CLASSES);
    }

    @Test
    void everyPackageBelongsToAModule() {
        noClasses()
                .that()
                .resideInAPackage("io.trunkline..")
                .and()
                .resideOutsideOfPackages(MAY_USE.keySet().stream()
                        .map(module -> ROOT + module + "..")
                        .toArray(String[]::new))
                .and()
                .resideOutsideOfPackage(ROOT + "it..")
                .should()
                .bePublic()
                .orShould()
                .notBePublic()
                .allowEmptyShould(true)
                .check(CLASSES);
    }

    @ParameterizedTest
    @org.junit.jupiter.params.provider.ValueSource(strings = {"Manager", "Util", "Utils", "Helper", "Impl"})
    void noClassHasANameThatSaysNothing(String ending) {
        noClasses()
                .that()
                .resideInAPackage("io.trunkline..")
                .should()
                .haveSimpleNameEndingWith(ending)
                .check(CLASSES);
    }
}
