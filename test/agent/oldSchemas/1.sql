-- A data folder of schema 1, frozen: what an agent of that time left behind.
CREATE TABLE log (seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, at INTEGER NOT NULL, key TEXT, body TEXT NOT NULL) STRICT;
CREATE INDEX log_key ON log (key) WHERE key IS NOT NULL;
CREATE TABLE meta (id INTEGER PRIMARY KEY CHECK (id = 1), epoch TEXT NOT NULL, bytes INTEGER NOT NULL) STRICT;
INSERT INTO meta VALUES (1, lower(hex(randomblob(16))), 0);
CREATE TABLE checkpoint (id INTEGER PRIMARY KEY CHECK (id = 1), body TEXT NOT NULL) STRICT;
CREATE TABLE history (tag TEXT, minute INTEGER, min REAL, max REAL, mean REAL, last REAL, good_share REAL NOT NULL,
PRIMARY KEY (tag, minute)) STRICT, WITHOUT ROWID;
UPDATE meta SET epoch = '00112233445566778899aabbccddeeff', bytes = 236;
INSERT INTO log (seq, kind, at, key, body) VALUES
 (7, 'endpoint', 1767225600000, NULL, '{"endpoint":"plc","state":"up","reason":null}'),
 (8, 'evaluation', 1767225660000, 'mill.energy|day|1767225600000', '{"metric":"mill.energy","revision":1}'),
 (9, 'evaluation', 1767225720000, 'mill.energy|day|1767225600000', '{"metric":"mill.energy","revision":2}'),
 (10, 'entry', 1767225780000, NULL, '{"key":"ladle-17","type":"piece","meter":"metal","by":"Li","refused":null,"entered":{"amount":7.2}}');
INSERT INTO checkpoint (id, body) VALUES (1, '{"at":1767225780000}');
INSERT INTO history (tag, minute, min, max, mean, last, good_share) VALUES ('mill.power', 1767225600000, 1, 3, 2, 2.5, 1),
 ('mill.power', 1767225660000, NULL, NULL, NULL, NULL, 0);
PRAGMA application_id = 1346720340;
PRAGMA user_version = 1;
