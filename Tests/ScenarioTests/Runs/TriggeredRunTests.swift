import Foundation
import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    @Suite struct TriggeredRunTests {
        /// The step waits until there is a file `go`.
        private static let project = """
            project: notes
            steps:
              note:
                run: "until [ -e go ]; do sleep 0.05; done; cat $text > $out"
                inputs: {text: text.txt}
                outputs: {out: out.txt}
            triggers:
              asked: {webhook: refresh, run: [note]}

            """

        private func write(_ text: String, _ name: String, in folder: String) throws {
            try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)"))
        }

        private func row(_ place: Workplace) async throws -> JSONValue? {
            try await place.json("schedules")["schedules"]?.array?.first
        }

        private func withServer(_ place: Workplace, _ body: (RunningServer) async throws -> Void) async throws {
            let server = try await RunningServer(
                place.command("up", ["--port", "0", "--no-tracking"]), awaiting: ["listening: http://"])
            defer { server.process.stop() }
            try await body(server)
        }

        @Test func `an event runs its steps, and one whose run a crash cut off is run after the next start`() async throws {
            try await withTemporaryFolder { folder in
                for (name, text) in [("martlet.yaml", Self.project), ("text.txt", "one"), ("go", "")] {
                    try write(text, name, in: folder)
                }
                let place = try Workplace(project: "\(folder)/martlet.yaml", home: "\(folder)/home")
                try await withServer(place) { server in
                    #expect(try server.send("POST", "/v1/triggers/refresh").status == 202)
                    try await server.process.says("ran: trigger asked")
                    #expect(try server.send("POST", "/v1/triggers/refreshed").status == 404)
                    let run = try server.send("GET", "/v1/runs").json["runs"]?.array?.first
                    #expect(run?["state"] == "done")
                    #expect(run?["cause"]?["name"] == "asked")
                    try write("two", "text.txt", in: folder)
                    try FileManager.default.removeItem(atPath: "\(folder)/go")
                    #expect(try server.send("POST", "/v1/triggers/refresh").status == 202)
                    try await waitUntil("the second event has begun") {
                        server.process.errors.split(separator: "\n").count { $0.hasPrefix("fired: ") } == 2
                    }
                }
                let begun = try await row(place)
                #expect(begun?["waiting"]?.array?.map { $0["begun"] } == [true])
                try write("", "go", in: folder)
                try await withServer(place) { try await $0.process.says("ran: trigger asked") }
                let ended = try await row(place)
                #expect(ended?["waiting"]?.array?.isEmpty == true)
                #expect(ended?["last"]?["failure"] == .null)
                let cause = try #require(begun?["waiting"]?.array?.first?["nominal_time"])
                #expect(ended?["last"]?["nominal_time"] == cause)
            }
        }
    }
}
