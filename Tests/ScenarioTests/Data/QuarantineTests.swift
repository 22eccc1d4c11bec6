import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    @Suite struct QuarantineTests {
        static let broken = [
            "1,1,41,0,1.2,cheap,2,2.5,3",  // a text where a number is promised
            "1,2,41,0,,30,2,2.5,3",  // nothing where a value is required
            "1,3,41,5,1.2,30,2,2.5,3",  // beyond the maximum
            "2,2,7,0,1.5,30,2,2.5,3",  // the key of an earlier row
        ]
        static let reasons: JSONValue = [
            "units: type": 1, "cost: required": 1, "feature: maximum": 1, "primary key: duplicate": 1,
        ]

        @Test func `broken rows are counted by reason`() async throws {
            try await withWorkplace(change: { $0.extraRows = Self.broken }) { place in
                let summary = try await place.steps()["dataset sales"]?["summary"]
                #expect(summary?["quarantined"] == 4)
                #expect(summary?["rows"] == 720, "6 stores, 3 brands and 40 weeks: every other row is there")
                #expect(summary?["reasons"] == Self.reasons)
            }
        }

        @Test func `broken rows can be read as they came, with their reason and place`() async throws {
            try await withWorkplace(change: { $0.extraRows = Self.broken }) { place in
                try await place.makeRelease()
                let rows = try await place.query("SELECT _row, _reason, units, cost FROM sales_quarantine ORDER BY _row")
                #expect(
                    rows == [
                        ["_row": 721, "_reason": "units: type", "units": "cheap", "cost": "1.2"],
                        ["_row": 722, "_reason": "cost: required", "units": "30", "cost": nil],
                        ["_row": 723, "_reason": "feature: maximum", "units": "30", "cost": "1.2"],
                        ["_row": 724, "_reason": "primary key: duplicate", "units": "30", "cost": "1.5"],
                    ])
            }
        }

        @Test func `more broken rows than the contract allows stop the run and are counted`() async throws {
            try await withWorkplace(change: {
                $0.extraRows = Self.broken
                $0.quarantineLimit = "0.5%"
            }) { place in
                let result = try await place.run("run")
                #expect(result.status == 65)
                #expect(result.errors.contains("4 of 724 rows break the contract 'sales', which allows 0.5 %"))
                #expect(result.errors.contains("units: type in 1"))
            }
        }
    }
}
