import Glibc
import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    @Suite struct KilledRunTests {
        static let steps = ["dataset sales", "features shelf", "train demand", "gate demand", "release price"]

        @Test(arguments: ["dataset sales", "train demand", "gate demand"])
        func `a run that was killed goes on where it was and makes the same release`(step: String) async throws {
            let undisturbed = try await withWorkplace { try await $0.makeRelease() }
            try await withWorkplace { place in
                let killed = try RunningProcess(place.command("run"))
                defer { killed.stop() }
                try await killed.says("• \(step)")
                killed.send(SIGKILL)
                #expect(try await killed.end().status == -SIGKILL)

                let again = try await place.run("run")
                #expect(again.status == 0, "\(again.errors)")
                for earlier in Self.steps.prefix(while: { $0 != step }) {
                    #expect(again.errors.contains("= \(earlier): fresh\n"))
                }
                let release = try await place.makeRelease()
                #expect(release == undisturbed)
            }
        }

        @Test func `up that is told to stop while it runs steps takes them with it`() async throws {
            try await withWorkplace { place in
                let up = try RunningProcess(place.command("up", ["--port", "0", "--tracking-port", "0"]))
                defer { up.stop() }
                try await up.says("• dataset sales")
                up.send(SIGTERM)
                let ended = try await up.end()
                #expect(ended.status == 130, "\(ended.errors)")
                // Had its steps gone on, they would still hold the home.
                let run = try await place.run("run", "--no-wait")
                #expect(run.status == 0, "\(run.errors)")
            }
        }
    }
}
