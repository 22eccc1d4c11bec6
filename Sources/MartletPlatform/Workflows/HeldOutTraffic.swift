package import MartletCore
import MartletFeatures
import MartletLearn
import MartletPipeline
import MartletStore

/// The held-out rows of an endpoint's model as requests, with what really came of them.
package struct HeldOutTraffic: Sendable {
    /// One request and its outcome.
    package struct Item: Sendable {
        package let requestID: String
        package let body: JSONValue
        package let outcome: JSONValue
    }

    /// The requests, by event time and entity.
    package let items: [Item]

    /// Reads the rows that the endpoint's present release was never fitted on.
    /// - Throws: `notFound` where the endpoint has no release, or its features were not made yet.
    package init(_ platform: Platform, endpoint: String) async throws {
        let specification = try platform.endpoint(endpoint)
        let release = try LoadedRelease(platform, deployedAt: endpoint)
        guard let model = platform.project.models[specification.model],
            let rows = try await platform.tracking().pipelines.lastExecution(ProjectPipeline.stepName("features", model.features))?
                .outputs["rows"]
        else { throw MartletError(.notFound, "the features of '\(endpoint)' are not made yet; see 'martlet run'") }
        let bundle = release.bundle
        let training = try TrainingRows(
            path: platform.blobs.path(of: rows), model: model, name: specification.model, view: bundle.assembler.view,
            assembler: bundle.assembler
        )
        let view = bundle.assembler.view
        let decision = release.specification.decision
        let table = training.table
        let inputs = try bundle.card.inputs.map(\.name).filter { $0 != decision.price }.map { ($0, try table.column($0)) }
        let entity = try view.entity.map { try table.column($0) }
        let times = try table.column("__time")
        let prices = try table.column(decision.price).doubles
        let costs = view.history.first { $0.name == decision.cost }.flatMap { table[$0.column]?.doubles }
        // The release knows what it was fitted on; the project file may have changed since.
        let heldOut = try times.integers().enumerated().filter { $0.element >= bundle.card.heldOutFrom }.map(\.offset)
        items = heldOut.map { row in
            let name = (entity.map { $0[row].description } + [times[row].description]).joined(separator: "-")
            let id = "replay-\(release.digest.short)-\(name)"
            var outcome: [String: JSONValue] = [
                "request_id": .string(id), "units": .number(training.quantity[row]), "price": .number(prices[row]),
            ]
            if let costs, costs[row].isFinite { outcome["cost"] = .number(costs[row]) }
            let body = inputs.map { ($0, $1[row].json) }.filter { $0.1 != .null }
            return Item(requestID: id, body: .object(Dictionary(uniqueKeysWithValues: body)), outcome: .object(outcome))
        }
    }
}
