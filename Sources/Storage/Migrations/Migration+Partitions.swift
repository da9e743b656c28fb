// SPDX-License-Identifier: Apache-2.0
import SQL

extension Migration {
    /// How PostgreSQL makes and drops the partitions of a day (`20261121`), all of its tables in one transaction or
    /// none.
    ///
    /// One gateway at a time rotates partitions; another one gets null. These functions wait for readers of a table,
    /// and later readers wait for them: so they give up soon (55P03).
    static let days = [prepareDay, addDay, dropContent, dropMessages]

    private static let prepareDay = """
        CREATE FUNCTION turn_day() RETURNS BOOLEAN LANGUAGE plpgsql AS $$
        BEGIN
            -- What is still needed is looked for after the locks are had, and must be seen then.
            IF current_setting('transaction_isolation') <> 'read committed' THEN
                RAISE EXCEPTION 'days are turned at READ COMMITTED only' USING ERRCODE = '25001';
            END IF;
            PERFORM set_config('lock_timeout', '100', true);
            RETURN pg_try_advisory_xact_lock(7308332046);
        END $$
        """

    /// Adds a day, with its rows from the default partition; a few thousand at most, because all other sessions wait.
    private static let addDay = """
        CREATE FUNCTION add_day(
            day TEXT, low_seq BIGINT, high_seq BIGINT, low_id TEXT, high_id TEXT
        ) RETURNS BOOLEAN LANGUAGE plpgsql AS $$
        DECLARE
            parent TEXT;
            key TEXT;
            low TEXT;
            high TEXT;
            late TEXT;
            few BIGINT;
        BEGIN
            IF NOT turn_day() THEN RETURN NULL; END IF;
            IF to_regclass('messages_done_d' || day) IS NOT NULL THEN RETURN NULL; END IF;
            FOR parent, key IN SELECT t.name, t.key FROM (VALUES
                ('message_contents', 'seq'), ('message_attachments', 'message_seq'), ('message_recipients', 'message_id'),
                ('messages_done', 'id'), ('message_events', 'message_seq')) AS t (name, key)
            LOOP
                low := CASE WHEN key IN ('id', 'message_id') THEN low_id ELSE low_seq::TEXT END;
                high := CASE WHEN key IN ('id', 'message_id') THEN high_id ELSE high_seq::TEXT END;
                late := format('%I WHERE %I >= %L AND %I < %L', parent || '_rest', key, low, key, high);
                EXECUTE format('SELECT count(*) FROM (SELECT 1 FROM %s LIMIT 20001) AS late', late) INTO few;
                IF few > 20000 THEN
                    RAISE EXCEPTION 'too much of this day stands in %_rest already', parent USING ERRCODE = '55000';
                END IF;
                EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING STORAGE)', parent || '_d' || day, parent);
                EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', parent || '_rest');
                EXECUTE format(
                    'WITH late AS (DELETE FROM %s RETURNING *) INSERT INTO %I SELECT * FROM late', late, parent || '_d' || day);
                EXECUTE format(
                    'ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, parent || '_d' || day, low, high);
            END LOOP;
            RETURN true;
        END $$
        """

    /// Drops the content of a day.
    ///
    /// Content of messages that are unfinished, or were changed at `since` or later, moves into the default
    /// partition. Returns the number of those messages.
    private static let dropContent = """
        CREATE FUNCTION drop_content(
            day TEXT, low_seq BIGINT, high_seq BIGINT, low_id TEXT, high_id TEXT, since BIGINT
        ) RETURNS BIGINT LANGUAGE plpgsql AS $$
        DECLARE
            kept BIGINT;
        BEGIN
            IF NOT turn_day() THEN RETURN NULL; END IF;
            IF to_regclass('message_contents_d' || day) IS NULL THEN RETURN NULL; END IF;
            SELECT count(*) INTO kept FROM (
                SELECT 1 FROM messages_open WHERE seq >= low_seq AND seq < high_seq UNION ALL
                SELECT 1 FROM messages_done WHERE seq >= low_seq AND seq < high_seq AND updated_at >= since LIMIT 100001) AS needed;
            IF kept > 100000 THEN
                RAISE EXCEPTION 'the content of more than 100000 mails of this day is still needed' USING ERRCODE = '55000';
            END IF;
            EXECUTE format('ALTER TABLE message_contents DETACH PARTITION %I', 'message_contents_d' || day);
            EXECUTE format('ALTER TABLE message_attachments DETACH PARTITION %I', 'message_attachments_d' || day);
            EXECUTE format('ALTER TABLE message_recipients DETACH PARTITION %I', 'message_recipients_d' || day);
            EXECUTE format('INSERT INTO message_contents SELECT * FROM %I WHERE seq IN (
                SELECT seq FROM messages_open WHERE seq >= $1 AND seq < $2 UNION ALL
                SELECT seq FROM messages_done WHERE seq >= $1 AND seq < $2 AND updated_at >= $3)', 'message_contents_d' || day)
                USING low_seq, high_seq, since;
            GET DIAGNOSTICS kept = ROW_COUNT;
            EXECUTE format('INSERT INTO message_attachments SELECT * FROM %I WHERE message_seq IN (
                SELECT seq FROM message_contents WHERE seq >= $1 AND seq < $2)', 'message_attachments_d' || day)
                USING low_seq, high_seq;
            EXECUTE format('INSERT INTO message_recipients SELECT * FROM %I WHERE message_id IN (
                SELECT id FROM messages_open WHERE id >= $1 AND id < $2 UNION ALL
                SELECT id FROM messages_done WHERE id >= $1 AND id < $2 AND updated_at >= $3)', 'message_recipients_d' || day)
                USING low_id, high_id, since;
            EXECUTE format('DROP TABLE %I, %I, %I',
                'message_contents_d' || day, 'message_attachments_d' || day, 'message_recipients_d' || day);
            RETURN kept;
        END $$
        """

    /// Drops the finished messages of a day whose content was dropped before, and their events.
    ///
    /// Messages that were changed at `since` or later, or still have content, move into the default partition.
    /// Returns their number.
    private static let dropMessages = """
        CREATE FUNCTION drop_messages(
            day TEXT, low_seq BIGINT, high_seq BIGINT, low_id TEXT, high_id TEXT, since BIGINT
        ) RETURNS BIGINT LANGUAGE plpgsql AS $$
        DECLARE
            leaf TEXT := 'messages_done_d' || day;
            kept BIGINT;
        BEGIN
            IF NOT turn_day() THEN RETURN NULL; END IF;
            IF to_regclass(leaf) IS NULL OR to_regclass('message_contents_d' || day) IS NOT NULL THEN RETURN NULL; END IF;
            EXECUTE format('SELECT count(*) FROM (SELECT 1 FROM %I WHERE updated_at >= $1 LIMIT 100001) AS needed', leaf)
                INTO kept USING since;
            IF kept > 100000 THEN
                RAISE EXCEPTION 'more than 100000 mails of this day are still needed' USING ERRCODE = '55000';
            END IF;
            EXECUTE format('ALTER TABLE messages_done DETACH PARTITION %I', leaf);
            EXECUTE format('ALTER TABLE message_events DETACH PARTITION %I', 'message_events_d' || day);
            -- Numbers that come from another store are not those of the day.
            EXECUTE format('INSERT INTO messages_done SELECT * FROM %1$I WHERE updated_at >= $1 UNION
                SELECT * FROM %1$I WHERE seq IN (SELECT seq FROM message_contents WHERE seq >= $2 AND seq < $3) UNION
                SELECT * FROM %1$I m WHERE (seq < $2 OR seq >= $3) AND EXISTS (SELECT 1 FROM message_contents c WHERE c.seq = m.seq)',
                leaf) USING since, low_seq, high_seq;
            GET DIAGNOSTICS kept = ROW_COUNT;
            EXECUTE format('DELETE FROM message_events WHERE message_seq IN (
                SELECT seq FROM %I m WHERE (seq < $1 OR seq >= $2) AND NOT EXISTS (
                    SELECT 1 FROM messages_done d WHERE d.id = m.id))', leaf) USING low_seq, high_seq;
            EXECUTE format('INSERT INTO message_events SELECT * FROM %I WHERE message_seq IN (
                SELECT seq FROM messages WHERE seq >= $1 AND seq < $2)', 'message_events_d' || day)
                USING low_seq, high_seq;
            EXECUTE format('DROP TABLE %I, %I', leaf, 'message_events_d' || day);
            RETURN kept;
        END $$
        """
}
