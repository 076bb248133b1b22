package io.trunkline.localcluster;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The directories of the PATH variable. */
final class SearchPath {

    private SearchPath() {}

    static List<Path> directories() {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return Stream.of(path.split(File.pathSeparator, -1))
                .filter(directory -> directory.startsWith("/"))
                .flatMap(SearchPath::parse)
                .distinct()
                .toList();
    }

    static Optional<Path> find(String program) {
        return directories().stream()
                .map(directory -> directory.resolve(program))
                .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
                .findFirst();
    }

    private static Stream<Path> parse(String directory) {
        try {
            return Stream.of(Path.of(directory));
        } catch (InvalidPathException unusable) {
            return Stream.empty();
        }
    }
}
