-- A data folder of schema 4, frozen: what an agent of that time left behind.
CREATE TABLE log (seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, at INTEGER NOT NULL, key TEXT, body TEXT NOT NULL) STRICT;
CREATE INDEX log_key ON log (key) WHERE key IS NOT NULL;
CREATE TABLE meta (id INTEGER PRIMARY KEY CHECK (id = 1), epoch TEXT NOT NULL, bytes INTEGER NOT NULL) STRICT;
INSERT INTO meta VALUES (1, lower(hex(randomblob(16))), 0);
CREATE TABLE checkpoint (id INTEGER PRIMARY KEY CHECK (id = 1), body TEXT NOT NULL) STRICT;
CREATE TABLE history (tag TEXT, minute INTEGER, min REAL, max REAL, mean REAL, last REAL, good_share REAL NOT NULL,
PRIMARY KEY (tag, minute)) STRICT, WITHOUT ROWID;
CREATE INDEX log_happened ON log (at) WHERE kind = 'meter';
ALTER TABLE log ADD COLUMN crc INTEGER;
ALTER TABLE history ADD COLUMN crc INTEGER;
ALTER TABLE checkpoint ADD COLUMN crc INTEGER;
CREATE TABLE cursors (name TEXT PRIMARY KEY, epoch TEXT NOT NULL, seq INTEGER NOT NULL, updated_at INTEGER NOT NULL)
STRICT, WITHOUT ROWID;
CREATE TABLE entries (key TEXT PRIMARY KEY, at INTEGER NOT NULL, who TEXT, epoch TEXT NOT NULL, seq INTEGER NOT NULL,
body TEXT NOT NULL) STRICT;
CREATE INDEX entries_at ON entries (at);
INSERT OR IGNORE INTO entries SELECT body ->> '$.key', at, body ->> '$.by', epoch, seq, body FROM log, meta
WHERE kind = 'entry' ORDER BY seq;
CREATE TABLE audit (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, text TEXT NOT NULL, hash TEXT NOT NULL) STRICT;
CREATE TRIGGER audit_is_final BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
ALTER TABLE meta ADD COLUMN copied INTEGER;
UPDATE meta SET epoch = '00112233445566778899aabbccddeeff', bytes = 236;
INSERT INTO log (seq, kind, at, key, body) VALUES
 (7, 'endpoint', 1767225600000, NULL, '{"endpoint":"plc","state":"up","reason":null}'),
 (8, 'evaluation', 1767225660000, 'mill.energy|day|1767225600000', '{"metric":"mill.energy","revision":1}'),
 (9, 'evaluation', 1767225720000, 'mill.energy|day|1767225600000', '{"metric":"mill.energy","revision":2}'),
 (10, 'entry', 1767225780000, NULL, '{"key":"ladle-17","type":"piece","meter":"metal","by":"Li","refused":null,"entered":{"amount":7.2}}');
INSERT INTO checkpoint (id, body) VALUES (1, '{"at":1767225780000}');
INSERT INTO history (tag, minute, min, max, mean, last, good_share) VALUES ('mill.power', 1767225600000, 1, 3, 2, 2.5, 1),
 ('mill.power', 1767225660000, NULL, NULL, NULL, NULL, 0);
UPDATE log SET crc = 2736563417 WHERE seq = 7;
UPDATE log SET crc = 914963691 WHERE seq = 8;
UPDATE log SET crc = 2139596658 WHERE seq = 9;
UPDATE log SET crc = 2084320395 WHERE seq = 10;
UPDATE checkpoint SET crc = 2453920419;
INSERT INTO entries (key, at, who, epoch, seq, body) SELECT body ->> '$.key', at, body ->> '$.by', epoch, seq, body FROM log, meta WHERE kind = 'entry';
INSERT INTO cursors VALUES ('mes', '00112233445566778899aabbccddeeff', 9, 1767225780000);
PRAGMA application_id = 1346720340;
PRAGMA user_version = 4;
