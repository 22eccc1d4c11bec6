import MartletCore
import Testing

@testable import MartletData

@Suite struct ProfileTests {
    private func profile(_ type: String, _ cells: [String]) throws -> ColumnProfile {
        let bench = try Workbench()
        let contract = try Contract.of("- {name: x, logicalType: \(type)}\n- {name: k, logicalType: string}")
        let lines = cells.map { "\($0),k\n" }.joined()
        return try bench.snapshot(csv: "x,k\n\(lines)", contract).profile[0]
    }

    @Test(arguments: ["integer", "number"]) func `numbers have a range, a mean and quantiles`(_ type: String) throws {
        let profile = try profile(type, (0...100).map(String.init) + ["", "100"])
        #expect(profile.count == 103)
        #expect(profile.nullCount == 1)
        #expect(profile.distinctCount == 101)
        #expect(profile.minimum == .number(0))
        #expect(profile.maximum == .number(100))
        // (5050 + 100) / 102
        #expect(abs((profile.mean ?? 0) - 50.490_196) < 1e-6)
        #expect(profile.quantiles.count == ColumnProfile.quantileShares.count)
        // Of 102 sorted values, between the 51st and the 52nd.
        #expect(profile.quantiles[3] == .number(50.5))
    }

    @Test func `dates have quantiles that occur`() throws {
        let profile = try profile("date", ["2024-01-03", "2024-01-01", "2024-01-02"])
        #expect(profile.minimum == .text("2024-01-01"))
        #expect(profile.quantiles[3] == .text("2024-01-02"))
        #expect(profile.mean == nil)
    }

    @Test func `timestamps are ISO 8601 in UTC`() throws {
        let profile = try profile("timestamp", ["2024-01-01T01:00:00.5+02:00"])
        #expect(profile.maximum == .text("2023-12-31T23:00:00.500000Z"))
    }

    @Test func `booleans have the share of true`() throws {
        let profile = try profile("boolean", ["true", "false", "true", "true", ""])
        #expect(profile.mean == 0.75)
        #expect(profile.distinctCount == 2)
        #expect(profile.minimum == nil)
    }

    @Test func `texts have their five most frequent values`() throws {
        let profile = try profile("string", ["b", "b", "a", "a", "c", "d", "e", "f", ""])
        #expect(profile.top.map(\.value) == ["a", "b", "c", "d", "e"])
        #expect(profile.top.map(\.count) == [2, 2, 1, 1, 1])
        #expect(profile.distinctCount == 6)
        #expect(profile.nullCount == 1)
        #expect(profile.maximum == .text("f"))
    }

    @Test func `one row has a profile`() throws {
        let profile = try profile("number", ["2.5"])
        #expect(Set(profile.quantiles) == [.number(2.5)])
    }
}
