import Foundation
package import MartletCore
import MartletData
import MartletFeatures
import MartletInference
import MartletRegistry
package import MartletRollout
package import MartletStore

/// A release in memory, ready to answer. Nothing of it changes after loading, so any number of requests may share it.
package struct LoadedRelease: Sendable {
    package let endpoint: String
    package let digest: Digest
    package let version: Int
    package let createdAt: Timestamp
    package let specification: EndpointSpecification
    package let bundle: ModelBundle
    private let contract: Contract
    private let online: OnlineTable

    /// Loads a release. - Throws: `corrupt` or `notFound` where one of its parts is not what its digest says.
    package init(_ platform: Platform, _ record: ReleaseRecord) throws {
        let release = try Release(record: record)
        endpoint = record.name
        digest = record.digest
        version = record.version
        createdAt = record.createdAt
        specification = try EndpointSpecification(definition: release.manifest["endpoint"] ?? .null)
        bundle = try ModelBundle(
            platform, card: try release.digest(of: "card"), model: try release.digest(of: "model"),
            baseline: try release.digest(of: "baseline")
        )
        contract = try platform.json(try release.digest(of: "contracts", bundle.assembler.view.source))
            .decoded(as: Contract.self)
        let table = try release.digest(of: "online")
        guard platform.blobs.contains(table) else {
            throw MartletError(
                .corrupt, "release \(record.digest.short) lacks its online features \(table.short); make it again with 'martlet run'")
        }
        // Look-ups read the table page by page and never whole, so it is held to its digest here.
        let found = try Digest(ofFile: platform.blobs.path(of: table))
        guard found == table else {
            throw MartletError(
                .corrupt,
                "the online features of release \(record.digest.short) are \(found.short), expected \(table.short); "
                    + "remove that blob and make them again with 'martlet run'"
            )
        }
        online = try OnlineTable(path: platform.blobs.path(of: table))
    }

    /// Loads what an endpoint points to. - Throws: `notFound` where it points nowhere.
    package init(_ platform: Platform, deployedAt endpoint: String) throws {
        guard let move = try platform.records.current(endpoint: endpoint), let record = try platform.records.release(move.release) else {
            throw MartletError(.notFound, "endpoint '\(endpoint)' was never deployed; see 'martlet deploy \(endpoint)'")
        }
        try self.init(platform, record)
    }

    /// What a decision is made of: kept whole in the log.
    package struct Decided: Sendable {
        package let answer: JSONValue
        package let record: JSONValue
    }

    /// Chooses the price of a request.
    /// - Parameters:
    ///   - body: the row's fields, and optionally nothing else.
    ///   - random: what decides whether to explore.
    /// - Throws: `invalidInput` for a wrong request, `notFound` where nothing was known of the entity, `gateRefused` where
    ///   every price is refused.
    package func decide(_ body: JSONValue, random: (Double, Double)) throws -> Decided {
        let view = bundle.assembler.view
        let decision = specification.decision
        let request = try RowRequest(body, card: bundle.card, view: view, contract: contract, chosen: decision.price)
        let history = try history(of: request)
        let known = Dictionary(uniqueKeysWithValues: zip(view.history.map(\.name), history))
        let situation = try situation(known)
        let candidates = decision.policy.candidates(for: situation)
        let matrix = try bundle.assembler.matrix(
            row: request.values, history: history, count: candidates.count, varying: [decision.price: candidates]
        )
        let group = bundle.card.scaleBy.flatMap { request.values[$0] }.flatMap(\.categoryName)
        let units = try bundle.scorer.quantities(matrix, groups: [group])
        let chosen = try decision.policy.decide(candidates: candidates, units: units, in: situation, random: random)
        var answer = chosen.json.object ?? [:]
        answer["situation"] = [
            "today": .number(situation.today), "cost": .number(situation.cost),
            "lowest": .number(situation.historicRange.lowerBound), "highest": .number(situation.historicRange.upperBound),
        ]
        if !request.warnings.isEmpty { answer["warnings"] = .array(request.warnings.map(JSONValue.string)) }
        var features = request.values.mapValues(\.json)
        for (name, value) in known { features[name] = JSONValue(finite: value) }
        let row = candidates.firstIndex(of: chosen.chosen.price) ?? 0
        for (position, name) in matrix.names.enumerated() where features[name] == nil {
            features[name] = JSONValue(finite: matrix[row, position])
        }
        features[decision.price] = .number(chosen.chosen.price)
        return Decided(answer: .object(answer), record: .object(features))
    }

    private func history(of request: RowRequest) throws -> [Double] {
        if let history = online.lookUp(request.entity, at: request.time) { return history }
        let view = bundle.assembler.view
        let name = zip(view.entity, request.entity).map { "\($0) \($1)" }.joined(separator: ", ")
        guard online.knows(request.entity) else {
            throw MartletError(.notFound, "nothing is known of \(name); it has to be in the data before it can be priced")
        }
        throw MartletError(.notFound, "nothing was known yet of \(name) at \(view.eventTime) \(request.time); ask for a later one")
    }

    /// The situation that a row's history tells.
    package func situation(_ known: [String: Double]) throws -> PricePolicy.Situation {
        let decision = specification.decision
        let names = [decision.lowest, decision.highest, decision.today, decision.cost]
        let values = try names.map { name -> Double in
            guard let value = known[name], value.isFinite else {
                throw MartletError(.notFound, "the history feature '\(name)' is not known for this row, so no price can be chosen")
            }
            return value
        }
        return try PricePolicy.Situation(
            historicRange: min(values[0], values[1])...max(values[0], values[1]), today: values[2], cost: max(0, values[3])
        )
    }

    // MARK: Inference

    /// The expected quantities of feature rows that a client assembled itself.
    /// - Parameter rows: the model's features by name; all columns of one length.
    package func infer(_ rows: [String: [Value]], count: Int) throws -> [Double] {
        let card = bundle.card
        let codes = card.categories.mapValues { Dictionary(uniqueKeysWithValues: $0.enumerated().map { ($1, Double($0)) }) }
        let columns = card.features.map { name -> [Double] in
            let values = rows[name] ?? [Value](repeating: .missing, count: count)
            guard let codes = codes[name] else { return values.map(\.double) }
            return values.map { $0.categoryName.flatMap { codes[$0] } ?? .nan }
        }
        let groups: [String?] = card.scaleBy.flatMap { rows[$0] }.map { $0.map(\.categoryName) } ?? [nil]
        return try bundle.scorer.quantities(Matrix(names: card.features, columns: columns), groups: groups)
    }

    // MARK: Batches

    /// The event time that logged features tell; `nil` where they tell none.
    func eventTime(_ features: [String: JSONValue]) -> Int64? {
        features[bundle.assembler.view.eventTime].flatMap(Value.init).flatMap { EventTimeKind(rawValue: bundle.card.timeKind)?.count($0) }
    }

    /// Scores rows with each row's history looked up.
    package var rowScorer: RowScorer { RowScorer(bundle: bundle, online: online) }
}
