package io.trunkline.proxy.auth;

import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One kind of question about users that the servers are asked over {@link AuthQueryConnections}. A name is asked for once
 * at a time, whoever waits for it. Names that are known and only to be looked up again go before new ones; if no node
 * answers in time, what is known counts on. At most {@link #MAX_WAITING} names wait. Event loop only.
 *
 * @param <T> an answer
 */
final class UserQuestions<T> {
    /** Names that wait for a connection; who asks for one more is told that there is no answer. */
    static final int MAX_WAITING = 1_000;

    /** How long a client waits for an answer. */
    static final long LIMIT_MILLIS = 5_000;

    /** How long it waits where an older answer is there. */
    static final long KNOWN_LIMIT_MILLIS = 1_000;

    private static final Logger log = LoggerFactory.getLogger(UserQuestions.class);
    private static final long LOG_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(60);

    /** What is asked, and where answers are kept. */
    interface Subject<T> {
        /** With one parameter, the name of the user. */
        String query();

        /** An answer that is there and counts. */
        @Nullable
        T fresh(String user);

        /** One that is there, whatever its age. */
        @Nullable
        T older(String user);

        /**
         * Takes what a server has told.
         *
         * @throws IllegalArgumentException if it is no answer to the question
         */
        T told(String user, List<List<@Nullable String>> rows);

        /** The answer if there is none. */
        T unavailable(String why);

        /** What fails, for the log. */
        String name();

        /** What it means that no answer comes, for the log. */
        String consequence(boolean known);
    }

    private final EventLoop loop;
    private final LongSupplier clock;
    private final Supplier<AuthQuerySettings> settings;
    private final Subject<T> subject;
    private final Runnable work;
    private final Map<String, Question> questions = new HashMap<>();
    private final Deque<Question> waiting = new ArrayDeque<>();
    private long lastLoggedNanos;
    private boolean logged;

    /** @param work told that there is a question, which {@link #next} gives out */
    UserQuestions(
            EventLoop loop,
            LongSupplier clock,
            Supplier<AuthQuerySettings> settings,
            Subject<T> subject,
            Runnable work) {
        this.loop = loop;
        this.clock = clock;
        this.settings = settings;
        this.subject = subject;
        this.work = work;
    }

    /** Asks, unless the answer is there; {@code then} is called once, at once or later. */
    void ask(String user, Consumer<T> then) {
        Question under = questions.get(user);
        if (under != null) {
            under.askers.add(then);
            return;
        }
        T fresh = subject.fresh(user);
        if (fresh != null) {
            then.accept(fresh);
            return;
        }
        Question question = new Question(user, subject.older(user));
        question.askers.add(then);
        if (waiting.size() >= MAX_WAITING) {
            question.failed("more than " + MAX_WAITING + " users wait to be looked up");
            return;
        }
        questions.put(user, question);
        boolean known = question.older != null;
        if (known) {
            waiting.addFirst(question);
        } else {
            waiting.addLast(question);
        }
        question.deadline = loop.schedule(
                () -> {
                    waiting.remove(question);
                    question.failed("no answer in time");
                },
                known ? KNOWN_LIMIT_MILLIS : LIMIT_MILLIS,
                TimeUnit.MILLISECONDS);
        work.run();
    }

    /** The question that a connection asks next; null if there is none. */
    AuthQueryConnections.@Nullable Job next() {
        return waiting.pollFirst();
    }

    /** One name, and who waits for it. */
    private final class Question implements AuthQueryConnections.Job {
        private final String user;
        private final @Nullable T older;
        private final List<Consumer<T>> askers = new ArrayList<>(1);
        private @Nullable ScheduledFuture<?> deadline;
        private boolean over;

        Question(String user, @Nullable T older) {
            this.user = user;
            this.older = older;
        }

        @Override
        public AuthQuerySettings settings() {
            return settings.get();
        }

        @Override
        public String query() {
            return subject.query();
        }

        @Override
        public String user() {
            return user;
        }

        @Override
        public void rows(List<List<@Nullable String>> rows) {
            T answer;
            try {
                answer = subject.told(user, rows);
            } catch (IllegalArgumentException e) {
                failed(String.valueOf(e.getMessage()));
                return;
            }
            end(answer);
        }

        @Override
        public void failed(String why) {
            if (over) {
                return;
            }
            T known = older;
            tell(why, known != null);
            end(known != null ? known : subject.unavailable(why));
        }

        private void end(T answer) {
            if (over) {
                return;
            }
            over = true;
            if (deadline != null) {
                deadline.cancel(false);
            }
            questions.remove(user, this);
            askers.forEach(asker -> asker.accept(answer));
        }
    }

    /** At most once a minute, as every login may come here. */
    private void tell(String why, boolean known) {
        long now = clock.getAsLong();
        if (!logged || now - lastLoggedNanos > LOG_INTERVAL_NANOS) {
            logged = true;
            lastLoggedNanos = now;
            log.warn("{} fails: {}; {}", subject.name(), why, subject.consequence(known));
        }
    }
}
