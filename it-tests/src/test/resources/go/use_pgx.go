// Uses Trunkline with pgx (version 4). Environment: PROXY_PORT, READ_PORT, WRITE_PORT.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgconn"
	"github.com/jackc/pgconn/stmtcache"
	"github.com/jackc/pgx/v4"
	"github.com/jackc/pgx/v4/pgxpool"
)

var (
	read  = number("READ_PORT")
	write = number("WRITE_PORT")
	url   = fmt.Sprintf("postgres://app@127.0.0.1:%d/app?sslmode=disable", number("PROXY_PORT"))
)

func number(name string) int {
	value, err := strconv.Atoi(os.Getenv(name))
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func same(what string, got, want interface{}) {
	if got != want {
		panic(fmt.Sprintf("%s: %v, not %v", what, got, want))
	}
}

func hasState(what string, err error, state string) {
	var refused *pgconn.PgError
	if !errors.As(err, &refused) || refused.Code != state {
		panic(fmt.Sprintf("%s: %v, not %s", what, err, state))
	}
}

// How the driver sends its statements; what version 5 calls the mode is behind each.
var modes = map[string]func(*pgx.ConnConfig){
	"statement cache": func(config *pgx.ConnConfig) { // cache_statement
		config.BuildStatementCache = func(conn *pgconn.PgConn) stmtcache.Cache {
			return stmtcache.New(conn, stmtcache.ModePrepare, 64)
		}
	},
	"small statement cache": func(config *pgx.ConnConfig) { // cache_statement, which closes what it throws out
		config.BuildStatementCache = func(conn *pgconn.PgConn) stmtcache.Cache {
			return stmtcache.New(conn, stmtcache.ModePrepare, 2)
		}
	},
	"description cache": func(config *pgx.ConnConfig) { // cache_describe
		config.BuildStatementCache = func(conn *pgconn.PgConn) stmtcache.Cache {
			return stmtcache.New(conn, stmtcache.ModeDescribe, 64)
		}
	},
	"no cache": func(config *pgx.ConnConfig) { // describe_exec
		config.BuildStatementCache = nil
	},
	"simple protocol": func(config *pgx.ConnConfig) { // simple_protocol
		config.PreferSimpleProtocol = true
	},
}

func connect(ctx context.Context, mode func(*pgx.ConnConfig)) *pgx.Conn {
	config, err := pgx.ParseConfig(url)
	check(err)
	mode(config)
	conn, err := pgx.ConnectConfig(ctx, config)
	check(err)
	return conn
}

const (
	readSQL  = "SELECT $1::int4 + 1, port FROM here"
	writeSQL = "SELECT $1::int4 + 1, port, nextval('counter') FROM here"
)

type querier interface {
	QueryRow(ctx context.Context, sql string, args ...interface{}) pgx.Row
}

func readsOn(ctx context.Context, on querier, what string, n, port int) {
	var got, gotPort int
	check(on.QueryRow(ctx, readSQL, n).Scan(&got, &gotPort))
	same(what, got, n+1)
	same(what+" port", gotPort, port)
}

func writesOn(ctx context.Context, on querier, what string, n int) {
	var got, gotPort int
	var counter int64
	check(on.QueryRow(ctx, writeSQL, n).Scan(&got, &gotPort, &counter))
	same(what, got, n+1)
	same(what+" port", gotPort, write)
}

func awaitBalanced(ctx context.Context, conn *pgx.Conn) {
	for end := time.Now().Add(10 * time.Second); ; {
		var port int
		check(conn.QueryRow(ctx, "SELECT port FROM here").Scan(&port))
		if port == read {
			return
		}
		if time.Now().After(end) {
			panic("reads stay on the primary")
		}
	}
}

func useConn(ctx context.Context, mode string, conn *pgx.Conn) {
	for i := 0; i < 10; i++ {
		readsOn(ctx, conn, mode+": read", i, read)
		writesOn(ctx, conn, mode+": write", i)
		var sum int
		check(conn.QueryRow(ctx, fmt.Sprintf("SELECT $1::int4 + %d FROM here", i), i).Scan(&sum))
		same(mode+": one of many statements", sum, 2*i)
	}

	// a transaction reads from the standby until it writes
	tx, err := conn.Begin(ctx)
	check(err)
	readsOn(ctx, tx, mode+": first read in a transaction", 1, read)
	writesOn(ctx, tx, mode+": write in a transaction", 2)
	readsOn(ctx, tx, mode+": read after a write", 3, write)
	// a savepoint, an error, and back
	nested, err := tx.Begin(ctx)
	check(err)
	_, err = nested.Exec(ctx, "SELECT 1 / $1::int4 FROM here", 0)
	hasState(mode+": division", err, "22012")
	_, err = nested.Exec(ctx, "SELECT 1")
	hasState(mode+": after an error", err, "25P02")
	check(nested.Rollback(ctx))
	readsOn(ctx, tx, mode+": read after the savepoint", 4, write)
	check(tx.Commit(ctx))
	readsOn(ctx, conn, mode+": read after the transaction", 5, read)

	tx, err = conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	check(err)
	readsOn(ctx, tx, mode+": read-only transaction", 6, read)
	check(tx.Rollback(ctx))
}

// All statements of a batch in one pipeline, which ends with the one Sync that makes them a transaction.
func useBatches(ctx context.Context, mode string, conn *pgx.Conn) {
	batch := &pgx.Batch{}
	for i := 0; i < 50; i++ {
		batch.Queue(readSQL, i)
	}
	results := conn.SendBatch(ctx, batch)
	for i := 0; i < 50; i++ {
		var got, port int
		check(results.QueryRow().Scan(&got, &port))
		same(mode+": batch of reads", got, i+1)
		if mode != "simple protocol" {
			same(mode+": batch of reads, port", port, read)
		}
	}
	check(results.Close())

	batch = &pgx.Batch{}
	batch.Queue(readSQL, 1)
	batch.Queue("INSERT INTO pgx_rows VALUES ($1, $2)", 1, "one")
	batch.Queue("INSERT INTO pgx_rows VALUES ($1, $2)", 2, "two")
	batch.Queue("SELECT count(*)::int4, min(port)::int4 FROM pgx_rows, here WHERE id < $1", 3)
	results = conn.SendBatch(ctx, batch)
	var got, port int
	check(results.QueryRow().Scan(&got, &port))
	same(mode+": read before a write", got, 2)
	for i := 0; i < 2; i++ {
		tag, err := results.Exec()
		check(err)
		same(mode+": rows", tag.RowsAffected(), int64(1))
	}
	check(results.QueryRow().Scan(&got, &port))
	same(mode+": rows of its own batch", got, 2)
	same(mode+": rows of its own batch, port", port, write)
	check(results.Close())

	// an error in the middle undoes the whole batch
	batch = &pgx.Batch{}
	batch.Queue("INSERT INTO pgx_rows VALUES ($1, $2)", 3, "three")
	batch.Queue("INSERT INTO pgx_rows VALUES ($1, $2)", 1, "again")
	batch.Queue("INSERT INTO pgx_rows VALUES ($1, $2)", 4, "four")
	results = conn.SendBatch(ctx, batch)
	_, err := results.Exec()
	if err == nil {
		_, err = results.Exec()
	}
	hasState(mode+": key twice", err, "23505")
	if results.Close() == nil {
		panic(mode + ": a failed batch closes without its error")
	}
	var count int
	check(conn.QueryRow(ctx, "SELECT count(*)::int4 FROM pgx_rows, (SELECT nextval('counter')) c").Scan(&count))
	same(mode+": rows after a failed batch", count, 2)

	// in a transaction
	tx, err := conn.Begin(ctx)
	check(err)
	batch = &pgx.Batch{}
	batch.Queue("DELETE FROM pgx_rows")
	batch.Queue(readSQL, 7)
	results = tx.SendBatch(ctx, batch)
	tag, err := results.Exec()
	check(err)
	same(mode+": deleted", tag.RowsAffected(), int64(2))
	check(results.QueryRow().Scan(&got, &port))
	same(mode+": read after a write in a transaction, port", port, write)
	check(results.Close())
	check(tx.Commit(ctx))
}

func useCopy(ctx context.Context, mode string, conn *pgx.Conn) {
	rows := make([][]interface{}, 2000)
	for i := range rows {
		rows[i] = []interface{}{int32(i), fmt.Sprintf("w%d", i)}
	}
	copied, err := conn.CopyFrom(ctx, pgx.Identifier{"pgx_rows"}, []string{"id", "word"}, pgx.CopyFromRows(rows))
	check(err)
	same(mode+": copied", copied, int64(2000))
	_, err = conn.CopyFrom(ctx, pgx.Identifier{"pgx_rows"}, []string{"id", "word"}, pgx.CopyFromRows(rows))
	hasState(mode+": copied twice", err, "23505")
	tag, err := conn.Exec(ctx, "DELETE FROM pgx_rows")
	check(err)
	same(mode+": deleted", tag.RowsAffected(), int64(2000))
}

// What version 5 calls exec: parameters as text, one round trip, no description before it.
func useExec(ctx context.Context, conn *pgconn.PgConn) {
	for i := 0; i < 10; i++ {
		result := conn.ExecParams(ctx, readSQL, [][]byte{[]byte(strconv.Itoa(i))}, nil, nil, nil).Read()
		check(result.Err)
		same("exec", string(result.Rows[0][0]), strconv.Itoa(i+1))
		same("exec port", string(result.Rows[0][1]), strconv.Itoa(read))
		result = conn.ExecParams(ctx, writeSQL, [][]byte{[]byte(strconv.Itoa(i))}, nil, nil, nil).Read()
		check(result.Err)
		same("exec write port", string(result.Rows[0][1]), strconv.Itoa(write))
	}
}

func useListen(ctx context.Context, conn, other *pgx.Conn) {
	_, err := conn.Exec(ctx, "LISTEN pgx_channel")
	check(err)
	_, err = other.Exec(ctx, "SELECT pg_notify('pgx_channel', $1)", "hello")
	check(err)
	note, err := conn.WaitForNotification(ctx)
	check(err)
	same("notification", note.Payload, "hello")
}

func useCancel(ctx context.Context, mode func(*pgx.ConnConfig)) {
	conn := connect(ctx, mode)
	soon, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
	defer cancel()
	if _, err := conn.Exec(soon, "SELECT pg_sleep(30)"); err == nil {
		panic("not cancelled")
	}
}

func usePool(ctx context.Context) {
	config, err := pgxpool.ParseConfig(url + "&pool_max_conns=8")
	check(err)
	pool, err := pgxpool.ConnectConfig(ctx, config)
	check(err)
	defer pool.Close()
	var all sync.WaitGroup
	failed := make(chan interface{}, 200)
	for i := 0; i < 200; i++ {
		all.Add(1)
		go func(i int) {
			defer all.Done()
			defer func() {
				if why := recover(); why != nil {
					failed <- why
				}
			}()
			if i%4 == 0 {
				check(pool.BeginFunc(ctx, func(tx pgx.Tx) error {
					readsOn(ctx, tx, "pool: before a write", i, read)
					writesOn(ctx, tx, "pool: write", i)
					readsOn(ctx, tx, "pool: after a write", i, write)
					return nil
				}))
			} else {
				readsOn(ctx, pool, "pool: read", i, read)
			}
		}(i)
	}
	all.Wait()
	close(failed)
	for why := range failed {
		panic(why)
	}
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	setup := connect(ctx, modes["no cache"])
	_, err := setup.Exec(ctx, "CREATE TABLE pgx_rows (id int PRIMARY KEY, word text)")
	check(err)
	awaitBalanced(ctx, setup)
	for mode, configure := range modes {
		conn := connect(ctx, configure)
		useConn(ctx, mode, conn)
		useBatches(ctx, mode, conn)
		useCopy(ctx, mode, conn)
		useListen(ctx, conn, setup)
		useCancel(ctx, configure)
		check(conn.Close(ctx))
	}
	useExec(ctx, setup.PgConn())
	usePool(ctx)
	_, err = setup.Exec(ctx, "DROP TABLE pgx_rows")
	check(err)
	check(setup.Close(ctx))
	fmt.Println("passed")
}
