import Foundation
package import MartletCore
import MartletEngines
import MartletFeatures
import MartletMonitor
package import MartletRollout
import MartletStore

/// The decisions of one release that an outcome came for, as rows.
package struct LoggedTraffic: Sendable {
    /// How many decisions the release logged, with or without an outcome.
    package let decisionCount: Int
    /// How many outcomes belong to decisions about times that the model was fitted on; they do not count.
    package let seenInTraining: Int
    /// How many outcomes name a request that no release answered.
    package let unjoined: Int
    /// The event time of each decision, counted as the view does.
    package let times: [Int64]
    /// The rows: what each request said and what was known of its history, in the order of their requests' identifiers.
    package let rows: Table
    /// The price that was chosen, and the probability with which it was.
    package let chosen: [Double]
    package let propensity: [Double]
    /// The situation of each decision.
    package let situations: [PricePolicy.Situation]
    /// What was really charged and sold.
    package let charged: [Double]
    package let sold: [Double]
    /// What a unit turned out to cost; the cost known at the decision where nobody told.
    package let realCost: [Double]

    /// Reads a release's traffic from its logs. A request that was answered twice counts once, by its first answer and its
    /// last outcome; an outcome without `units` and `price` does not count.
    package init(_ platform: Platform, _ release: LoadedRelease) throws {
        let connection = try DuckDBDatabase().connect()
        try platform.archive(release.endpoint, .answers).makeView("answers", connection)
        try platform.archive(release.endpoint, .outcomes).makeView("outcomes", connection)
        try Self.makeJoined(connection, release)
        decisionCount = Int(try connection.query("SELECT count(DISTINCT request_id) AS n FROM decided").columns[0][0].double)
        let everything = try connection.query(
            """
            SELECT features, price, propensity, CAST(answer AS VARCHAR) AS answer, units, charged, cost FROM joined
            WHERE units >= 0 AND charged > 0 ORDER BY request_id
            """
        )
        let strangers = "SELECT count(DISTINCT request_id) AS n FROM outcomes WHERE request_id NOT IN (SELECT request_id FROM answers)"
        unjoined = Int(try connection.query(strangers).columns[0][0].double)
        let allFeatures = try Self.objects(everything.column("features"), "features")
        let allTimes = allFeatures.map { release.eventTime($0) ?? .min }
        let counted = allTimes.indices.filter { allTimes[$0] >= release.bundle.card.heldOutFrom }
        seenInTraining = allTimes.count - counted.count
        times = counted.map { allTimes[$0] }
        let joined = everything.taking(counted)
        chosen = try joined.column("price").doubles
        propensity = try joined.column("propensity").doubles
        charged = try joined.column("charged").doubles
        sold = try joined.column("units").doubles
        let features = counted.map { allFeatures[$0] }
        let names = release.bundle.card.inputs.map(\.name) + release.bundle.assembler.view.history.map(\.name)
        let rows = Table(names.map { Self.column($0, features) })
        self.rows = rows
        let history = release.bundle.assembler.view.history.map(\.name)
        let known = try history.map { try rows.column($0).doubles }
        situations = try (0..<joined.rowCount).map { row in
            try release.situation(Dictionary(uniqueKeysWithValues: zip(history, known.map { $0[row] })))
        }
        let told = try joined.column("cost").doubles
        realCost = zip(told, situations).map { $0.isNaN ? $1.cost : $0 }
    }

    private static func makeJoined(_ connection: DuckDBConnection, _ release: LoadedRelease) throws {
        let digest = DuckDBConnection.quoted(literal: release.digest.description)
        try connection.execute(
            """
            CREATE TEMP TABLE decided AS SELECT DISTINCT ON (request_id) * FROM answers
            WHERE kind = 'decision' AND release = \(digest) ORDER BY request_id, time;
            CREATE TEMP TABLE joined AS
            SELECT decided.*, CAST(o."values"->>'$.units' AS DOUBLE) AS units, CAST(o."values"->>'$.price' AS DOUBLE) AS charged,
                   CAST(o."values"->>'$.cost' AS DOUBLE) AS cost
            FROM decided JOIN (SELECT DISTINCT ON (request_id) * FROM outcomes ORDER BY request_id, time DESC) o USING (request_id)
            """
        )
    }

    private static func objects(_ column: Column, _ what: String) throws -> [[String: JSONValue]] {
        try (0..<column.count).map { row in
            try JSONValue(parsing: column[row].description, as: "\(what) of the log").object ?? [:]
        }
    }

    private static func column(_ name: String, _ rows: [[String: JSONValue]]) -> Column {
        let values = rows.map { $0[name].flatMap(Value.init) ?? .missing }
        let isText = values.contains { if case .text = $0 { true } else { false } }
        guard isText else { return Column(name, .real(values.map(\.double))) }
        return Column(name, .text(values.map { $0 == .missing ? nil : $0.description }))
    }
}
