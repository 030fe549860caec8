/** Exit codes; `pertonne --help` and the README tell them. */
export const EXIT = {
  /** Ended as asked. */
  done: 0,
  /** A fault in Pertonne itself; the stack is in the log. */
  bug: 1,
  /** What was compared is not the same. */
  differs: 1,
  /** What an agent rests on is not in order. */
  ill: 1,
  /** Wrong arguments, or a configuration with faults. */
  faulty: 2,
  /** The machine does not allow it: port taken, data folder in use or not writable, device out of reach. */
  refused: 3,
} as const;

export const HELP = `pertonne: per-tonne energy, water and AC power consumption of metal plants, at the line

  pertonne run -c plant.yaml [--port N] [--data DIR] [--record FILE]
      Polls the plant's PLCs and meters, computes, keeps, shows and streams.
      --record FILE   all that comes in as lines of JSON, for replay; the file goes on at a restart, and grows without bound
  pertonne demo [--port N] [--data DIR] [--seed N] [--speed X] [--fault F]... [--record FILE] [--replay FILE [--once]]
      The same against a built-in simulated plant, or against recorded data. Without --data it leaves nothing behind.
      --speed X       plant seconds in a real second (60; a replay: 1), or max: as fast as polls are answered
      --replay FILE   CSV of quarter-hour energy (see README) served over Modbus and OPC UA
      --once          end when the replay has ended and its windows are closed
      --fault F       dead:ENDPOINT[/UNIT], bad:NODE, rollover:LINE, swap:METER@TIME
  pertonne start [-c /etc/pertonne/plant.yaml] [--port N] [--data DIR]
      What a container does by itself: runs the plant of the file, or where there is none the demo.
  pertonne plant [--config FILE] [--delay SECONDS] [--data DIR] [--seed N] [--speed X] [--fault F]... [--replay FILE]
      The simulated or replayed plant alone. Prints its endpoints and writes a configuration for an agent elsewhere.
  pertonne init [-o plant.yaml] [--modbus modbus://HOST:PORT/UNIT --profile NAME] [--opcua opc.tcp://HOST:PORT]
                [--line NAME --model NAME [--route NAME] [--meter NAME=TAG]...] [--agent NAME] [--path E/S] [--force]
      Reads a meter and a server once and writes a plant file to begin with; asks for all of it where none is given.
      --meter NAME=TAG   a meter of the line's model; with more to say: --meter 'feeder={ tag: TAG, maxRate: 40000 }'
      --time-zone ZONE (Asia/Shanghai); what browse takes for OPC UA: --data, --node, --user …
  pertonne check plant.yaml [--online [--data DIR]]
      Lists every fault of a configuration with its line.
      --online        then reads every tag once from its device, and tells value, unit and status of each
  pertonne diff OLD NEW [--json]
      What is different between two plant files, and whether a running agent takes it up without a new start.
  pertonne probe modbus://HOST:PORT/UNIT --profile NAME [--json | --yaml]
      Reads everything of a meter profile once: value, unit and status. --yaml makes tags for a configuration.
      RTU over a gateway: modbus+rtu://HOST:PORT/UNIT; a serial line: modbus+rtu:///dev/ttyUSB0?unit=1&baudRate=9600
  pertonne tail ws://HOST:PORT [--from earliest|now|SEQ] [--metric GLOB] [--window KIND] [--no-follow] [--token-file FILE]
      Prints each record of a running agent as one line of JSON.
  pertonne receive --out FILE.db|FILE.jsonl [--port N] [--token-file FILE] [--tls-cert FILE --tls-key FILE] [--host H]
      The end of a platform, for agents that dial out: keeps their records, each once (SQLite, or JSON lines).
      --token-file FILE   tokens that let agents in, one a line; with TLS needed for a --host other than this machine
  pertonne explain METRIC KIND@TIME [--url http://localhost:8080] [--lang en|zh] [--json] [--token-file FILE]
      How a figure of a running agent came about: hour@2026-11-24T08:00, shift@now (still running), day@last.
      Of a piece: coil#4711 (its identity), coil@2026-11-24T08:00 (any time in it), coil@last.
  pertonne replay FILE -c plant.yaml [--table] [--diff OTHER] [--metric GLOB] [--window KIND]
      Runs samples (.csv, or JSON lines) through the rules once more and prints the records that come of them.
      --table         figures for people, one a line
      --diff OTHER    only what differs from earlier: the lines of tail or replay, or an agent's DATA/pertonne.db
  pertonne test DIR
      Runs the story in a folder, or in every folder below it, and tells where figures are not as its file expects.
  pertonne backup FILE [--data DIR]
      Copies the log of an agent on DIR (data), running or not, as it is at one instant, and reads the copy from end to end.
  pertonne restore FILE [--data DIR]
      Puts a backup in the place of the log of a stopped agent on DIR; what was there is kept beside it.
  pertonne doctor [-c plant.yaml] [--data DIR] [--token-file FILE] [--json]
      Looks at clock, disk, permissions, log, certificates, port and the running agent, or else its devices; says what to do.
  pertonne bundle [--out FILE.tar.gz] [-c plant.yaml] [--data DIR] [--token-file FILE] [--log FILE]
      Packs what support asks for: doctor, metrics, plant file, the log's form; no passwords, tokens or keys, and no figures.
  pertonne browse opc.tcp://HOST:PORT [--yaml] [--node NODE] [--depth N] [--max N] [--data DIR] [--mode M] [--policy P]
                  [--user NAME --password-file FILE | --user-certificate FILE --user-key FILE]
      Shows what an OPC UA server has: a tree with node ids, types, values, units and status. It is trusted as by an
      agent on DIR. --yaml makes an endpoint and tags for a configuration.
      --node NODE   begin there, such as nsu=urn:maker:plc;s=Mill (i=85: Objects); --depth N levels (10), --max N nodes
  pertonne trust [opc.tcp://HOST:PORT] [--accept THUMBPRINT] [--remove THUMBPRINT] [--data DIR]
      Shows an OPC UA server's certificate and asks whether to trust it; without a server, lists what is kept in DIR.
      --accept THUMBPRINT   do not ask: trust it if this is its SHA-1 or SHA-256; without a server, one refused before
      --remove THUMBPRINT   trust it no longer
  pertonne token add NAME --scope read|enter|admin [--lines a,b] [--expires 90d] [--data DIR]
  pertonne token list | remove NAME [--data DIR]
      Who may come in. As long as there is no token, everybody on this machine may, and nobody from another.
      read: look and subscribe; enter: also entries by hand and alarms, in the token's NAME; admin: also look after it
      --lines a,b     of these lines only: of the others nothing is told, and nothing can be done there
  pertonne audit verify [--anchor ID:HASH] | list [--data DIR]
      Whether the audit trail is as it was written, and its last row: keep it elsewhere, and give it as --anchor later.
      list: who did what, from where, and when, one line of JSON each.
  pertonne --help | --version

Port 8080 by default (receive: 8090); --port 0 takes a free one and logs it. Page: http://localhost:8080
Exit codes: 0 done, 1 a fault in Pertonne itself, what differs (diff, replay --diff, test, audit verify), or is ill (doctor),
            2 wrong arguments or faulty files,
            3 port taken, data folder in use or not writable, or a device that cannot be read
`;

/** The arguments are wrong; `message` says which and what is right. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** The machine refuses what is needed to start. */
export class Refused extends Error {
  override name = 'Refused';
}
