// SPDX-License-Identifier: Apache-2.0
import SQL

extension Migration {
    /// The tokens of providers that sign in with OAuth, which other programs may read and write.
    static let oauthTokens = Migration(3, "oauth tokens") { dialect in
        switch dialect {
        case .sqlite:
            [
                """
                CREATE TABLE oauth_tokens (
                    provider TEXT NOT NULL, account TEXT NOT NULL, token_data TEXT NOT NULL, expires_at BIGINT,
                    version BIGINT NOT NULL DEFAULT 1, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL,
                    PRIMARY KEY (provider, account))
                """
            ]
        case .postgres: [takingOver, countingVersions, versionTrigger]
        }
    }

    /// Creates the table, or takes over the predecessor's table with its rows and any further columns.
    private static let takingOver = """
        DO $$
        DECLARE
            name text;
            kind text;
            reading text;
        BEGIN
            CREATE TABLE IF NOT EXISTS oauth_tokens (
                provider TEXT NOT NULL, account TEXT NOT NULL, token_data JSONB NOT NULL, expires_at TIMESTAMPTZ,
                version BIGINT NOT NULL DEFAULT 1, created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
                updated_at TIMESTAMPTZ NOT NULL DEFAULT now());
            ALTER TABLE oauth_tokens ADD COLUMN IF NOT EXISTS version BIGINT NOT NULL DEFAULT 1;
            ALTER TABLE oauth_tokens ADD COLUMN IF NOT EXISTS expires_at TIMESTAMPTZ;
            ALTER TABLE oauth_tokens ADD COLUMN IF NOT EXISTS created_at TIMESTAMPTZ;
            ALTER TABLE oauth_tokens ADD COLUMN IF NOT EXISTS updated_at TIMESTAMPTZ;
            FOREACH name IN ARRAY ARRAY['expires_at', 'created_at', 'updated_at'] LOOP
                SELECT data_type INTO kind FROM information_schema.columns
                WHERE table_schema = current_schema() AND table_name = 'oauth_tokens' AND column_name = name;
                reading := CASE
                    WHEN kind = 'timestamp with time zone' THEN NULL
                    -- Times without a zone are those of UTC; numbers are seconds, or milliseconds when they are large.
                    WHEN kind = 'timestamp without time zone' THEN '%1$I AT TIME ZONE ''UTC'''
                    WHEN kind IN ('smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision')
                        THEN 'to_timestamp(CASE WHEN %1$I > 100000000000 THEN %1$I / 1000.0 ELSE %1$I END)'
                    ELSE 'CAST(CAST(%1$I AS TEXT) AS TIMESTAMPTZ)'
                END;
                CONTINUE WHEN reading IS NULL;
                EXECUTE format('ALTER TABLE oauth_tokens ALTER COLUMN %1$I DROP DEFAULT', name);
                EXECUTE format('ALTER TABLE oauth_tokens ALTER COLUMN %1$I TYPE TIMESTAMPTZ USING ' || reading, name);
            END LOOP;
            SELECT data_type INTO kind FROM information_schema.columns
            WHERE table_schema = current_schema() AND table_name = 'oauth_tokens' AND column_name = 'token_data';
            IF kind <> 'jsonb' THEN
                ALTER TABLE oauth_tokens ALTER COLUMN token_data DROP DEFAULT;
                ALTER TABLE oauth_tokens ALTER COLUMN token_data TYPE JSONB USING CAST(CAST(token_data AS TEXT) AS JSONB);
            END IF;
            UPDATE oauth_tokens SET created_at = COALESCE(created_at, now()), updated_at = COALESCE(updated_at, now())
            WHERE created_at IS NULL OR updated_at IS NULL;
            ALTER TABLE oauth_tokens ALTER COLUMN created_at SET DEFAULT now(), ALTER COLUMN created_at SET NOT NULL,
                ALTER COLUMN updated_at SET DEFAULT now(), ALTER COLUMN updated_at SET NOT NULL;
            CREATE UNIQUE INDEX IF NOT EXISTS oauth_tokens_account ON oauth_tokens (provider, account);
        END $$
        """

    /// A row changed by hand needs no new version: a trigger counts it.
    private static let countingVersions = """
        CREATE FUNCTION count_token_version() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.version = OLD.version THEN
                NEW.version := OLD.version + 1;
                NEW.updated_at := now();
            END IF;
            RETURN NEW;
        END $$
        """

    private static let versionTrigger = """
        CREATE TRIGGER oauth_tokens_counted BEFORE UPDATE ON oauth_tokens
        FOR EACH ROW EXECUTE FUNCTION count_token_version()
        """
}
