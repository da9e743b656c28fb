// SPDX-License-Identifier: Apache-2.0
import SQL

extension Migration {
    /// Probe requests of operators to running gateways, and the gateways' reports on their providers.
    static let watching = Migration(8, "watching") { dialect in
        let (text, clustered) = (dialect.plainText, dialect.clustered)
        let tables = [
            """
            CREATE TABLE provider_probes (
                provider \(text) NOT NULL PRIMARY KEY, asked BIGINT NOT NULL, asked_at BIGINT NOT NULL)\(clustered)
            """,
            """
            CREATE TABLE provider_reports (
                gateway BIGINT NOT NULL, provider \(text) NOT NULL, state TEXT NOT NULL, since BIGINT NOT NULL,
                until BIGINT, reason TEXT, remedy TEXT, running BIGINT NOT NULL, waiting BIGINT NOT NULL,
                last_sent_at BIGINT, probed_at BIGINT, probe_error TEXT, PRIMARY KEY (gateway, provider))\(clustered)
            """,
        ]
        guard dialect == .postgres else { return tables }
        return tables + [
            """
            CREATE TRIGGER provider_probes_announced AFTER INSERT OR UPDATE OR DELETE ON provider_probes
            FOR EACH STATEMENT EXECUTE FUNCTION announce_change('controls')
            """
        ]
    }
}
