import Foundation
import MartletCore
import MartletFeatures
import MartletPipeline
import Testing

@testable import MartletPlatform

@Suite struct CostReaderTests {
    private static let text = """
        project: flights
        owner: operations
        steps:
          clean: {run: "true", outputs: {table: t}, model: lateness}
          push: {run: "true", owner: data}
        prices: {currency: USD, core_hour: 0.04, memory_gib_hour: 0.005}
        budgets:
          month: {of: project, limit: 5.00, per: month, warn_at: 50%, stop: true}
          late: {of: model, name: lateness, limit: 1, per: day, zone: America/New_York}

        """

    private func read(_ text: String = text) throws -> Project { try Project.parse(text, file: "martlet.yaml", folder: ".") }

    @Test func `prices and budgets are read, with what is left out`() throws {
        let project = try read()
        #expect(project.prices == (try PriceTable(currency: "USD", coreHour: 0.04, memoryGiBHour: 0.005)))
        let zone = try #require(TimeZone(identifier: "America/New_York"))
        #expect(
            project.budgets == [
                try Budget(key: "month", of: .project, name: "flights", limit: 5, per: .month, warnAt: 0.5, stop: true),
                try Budget(key: "late", of: .model, name: "lateness", limit: 1, per: .day, zone: zone),
            ])
    }

    @Test func `without prices there are none`() throws {
        let project = try read("project: flights\n")
        #expect(project.prices == nil)
        #expect(project.budgets.isEmpty)
    }

    @Test(arguments: [
        ("currency: USD, ", "", "6:9: prices: the key 'currency' is missing"),
        ("core_hour: 0.04", "core_hour: -1", "6:36: prices.core_hour: expected a price of 0 or more, found '-1'"),
        ("core_hour", "core_hours", "did you mean 'core_hour'?"),
        ("prices: {currency: USD, core_hour: 0.04, memory_gib_hour: 0.005}\n", "", "budgets need prices"),
        ("limit: 5.00", "limit: 0", "budgets.month.limit: expected an amount above 0"),
        ("warn_at: 50%", "warn_at: 150%", "budgets.month.warn_at: expected a share"),
        ("per: day", "per: hour", "budgets.late.per: expected one of day, week, month, found 'hour'"),
        ("of: model", "of: modell", "did you mean 'model'?"),
        ("name: lateness", "name: latenes", "there is no model 'latenes'; did you mean 'lateness'?"),
        ("name: lateness, ", "", "budgets.late: the key 'name' is missing; say which model's budget it is"),
        ("America/New_York", "America/New_Yrk", "did you mean 'America/New_York'?"),
        ("of: project", "of: project, name: trains", "there is no project 'trains'"),
        ("of: model, name: lateness", "of: owner, name: dat", "there is no owner 'dat'; did you mean 'data'?"),
        ("of: model, name: lateness", "of: step, name: claen", "there is no step 'claen'; did you mean 'clean'?"),
    ])
    func `a fault says where it is and what to write`(_ found: String, _ replacement: String, _ expected: String) throws {
        try #require(Self.text.contains(found))
        #expect {
            try read(Self.text.replacing(found, with: replacement, maxReplacements: 1))
        } throws: { "\($0)".contains(expected) }
    }

    @Test func `own steps are their model's, and the project's owner pays where nobody else does`() throws {
        var project = try read()
        project.features = ["shelf": .init(name: "shelf", entity: [], source: "sales", eventTime: "t")]
        #expect(project.accounts["features shelf"]?.model == nil)
        #expect(project.accounts["features shelf"]?.owner == "operations")
        #expect(project.accounts["clean"]?.model == "lateness")
        #expect(project.accounts["push"]?.owner == "data")
        #expect(project.pipeline(ofStep: "ingest/fetch") == "ingest")
        #expect(project.pipeline(ofStep: "clean") == "flights")
    }
}
