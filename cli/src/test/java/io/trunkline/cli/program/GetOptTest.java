package io.trunkline.cli.program;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GetOptTest {
    private static GetOpt getOpt(String... arguments) {
        return new GetOpt(
                List.of(arguments),
                "hpPu:s:",
                List.of(
                        GetOpt.Name.plain("help", 'h'),
                        GetOpt.Name.plain("prompt", 'p'),
                        GetOpt.Name.plain("prompt-for-key", 'P'),
                        GetOpt.Name.withArgument("user", 'u'),
                        GetOpt.Name.plain("switchover", 's'),
                        GetOpt.Name.withArgument("scope", 's')));
    }

    private static List<String> options(GetOpt getOpt) throws GetOpt.Misuse {
        List<String> found = new ArrayList<>();
        for (GetOpt.Option option = getOpt.next(); option != null; option = getOpt.next()) {
            found.add(option.letter() + option.argument());
        }
        return found;
    }

    @Test
    void lettersCanBeJoinedAndFollowedByTheirArgument() throws GetOpt.Misuse {
        assertThat(options(getOpt("-pPuanna", "-u", "bert", "-h"))).containsExactly("p", "P", "uanna", "ubert", "h");
    }

    @Test
    void namesTakeTheirArgumentWithOrWithoutEqualsSign() throws GetOpt.Misuse {
        assertThat(options(getOpt("--user=anna", "--user", "-p", "--user="))).containsExactly("uanna", "u-p", "u");
    }

    @Test
    void namesCanBeCutWhereOneMeaningIsLeft() throws GetOpt.Misuse {
        assertThat(options(getOpt("--prompt", "--prompt-", "--us=x"))).containsExactly("p", "P", "ux");
    }

    @Test
    void nameTakesAnArgumentOrNotWhateverItsLetterDoes() throws GetOpt.Misuse {
        assertThat(options(getOpt("--switchover", "--scope", "x", "-sy"))).containsExactly("s", "sx", "sy");
    }

    @Test
    void operandsMayStandAmongOptionsAndBehindTwoDashes() throws GetOpt.Misuse {
        GetOpt getOpt = getOpt("a", "-p", "-", "--", "-h", "b");
        assertThat(options(getOpt)).containsExactly("p");
        assertThat(getOpt.operands()).containsExactly("a", "-", "-h", "b");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "-x, invalid option -- 'x'",
                "-px, invalid option -- 'x'",
                "-:, invalid option -- ':'",
                "-u, option requires an argument -- 'u'",
                "--user, option '--user' requires an argument",
                "--us, option '--user' requires an argument",
                "--help=3, option '--help' doesn't allow an argument",
                "--nonsense=x, unrecognized option '--nonsense=x'",
                "--s, option '--s' is ambiguous; possibilities: '--switchover' '--scope'",
                "--p, option '--p' is ambiguous; possibilities: '--prompt' '--prompt-for-key'",
            })
    void whatIsWrongIsToldAsTheSystemDoes(String argument, String message) {
        assertThatThrownBy(() -> options(getOpt(argument)))
                .isInstanceOf(GetOpt.Misuse.class)
                .hasMessage(message);
    }
}
