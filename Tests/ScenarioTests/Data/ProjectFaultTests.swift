import Foundation
import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    @Suite struct ProjectFaultTests {
        @Test func `a wrong key of the project is named with file, line and column`() async throws {
            try await withWorkplace { place in
                try place.edit("smearing_by: brand", to: "smering_by: brand")
                let lines = try String(contentsOf: URL(filePath: place.project), encoding: .utf8).split(
                    separator: "\n", omittingEmptySubsequences: false)
                let line = try #require(lines.firstIndex { $0.hasPrefix("    smering_by") }) + 1
                let result = try await place.run("check")
                #expect(result.status == 78)
                #expect(result.errors.contains("martlet.yaml:\(line):5: "), "\(result.errors)")
                #expect(result.errors.contains("did you mean 'smearing_by'?"))
            }
        }

        @Test func `a wrong value of a contract is named with file, line and column`() async throws {
            try await withWorkplace { place in
                try place.edit("name: week, logicalType: integer", to: "name: week, logicalType: whole", in: "sales.odcs.yaml")
                let result = try await place.run("check", "--json")
                #expect(result.status == 78)
                let fault = try JSONValue(parsing: result.errors, as: "the error")["error"]?["diagnostics"]?.array?.first
                #expect(fault?["file"]?.string?.hasSuffix("sales.odcs.yaml") == true)
                #expect(fault?["line"] == 12)
                #expect(fault?["column"]?.int ?? 0 > 0)
            }
        }

        @Test func `a project that is not there is told`() async throws {
            let result = try await Workplace(project: "nowhere/martlet.yaml", home: "nowhere").run("check")
            #expect(result.status == 66, "\(result.errors)")
            #expect(result.errors.contains("nowhere/martlet.yaml"))
        }

        @Test func `a model that its gate refuses makes no release`() async throws {
            try await withWorkplace(change: { $0.gateMargin = "90%" }) { place in
                let result = try await place.run("run")
                #expect(result.status == 3)
                #expect(result.errors.contains("does not pass its gate"))
                let deployed = try await place.run("deploy", "price")
                #expect(deployed.status == 66, "\(deployed.errors)")
            }
        }
    }
}
