import Foundation
import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    /// Projects on a real Ray of two nodes, with records in a real PostgreSQL.
    @Suite(.cluster) struct RayRunClusterTests {
        /// Each `work` waits until it is let go on, so that the test knows when both nodes are at it.
        private static let project = """
            project: far
            steps:
              list:
                run: printf '["a", "b", "c", "d"]' > $names
                outputs: {names: names.json}
              work:
                run: |
                  echo "$part" >> "$told/begun"
                  until [ -e "$told/go" ]; do sleep 0.05; done
                  echo "made of $part" > "$made"
                each: {part: list.names}
                outputs: {made: made.txt}
                parameters: {told: "@told"}
              join:
                run: cat $mades/* > $all
                needs: {mades: work.made}
                outputs: {all: all.txt}
              tell:
                run: echo told >> "$told/sent"; cp $all $receipt
                needs: {all: join.all}
                outputs: {receipt: receipt.txt}
                parameters: {told: "@told"}
                once: true
            """

        /// Runs only on the second node, once.
        private static let once = """
            project: once
            capacity: {second: {count: 1}}
            steps:
              tell:
                run: echo told >> "$told/sent"; exec sleep 600
                outputs: {receipt: receipt.txt}
                parameters: {told: "@told"}
                resources: {second: 1}
                once: true
            """

        /// Reads code and inputs of the project, and tells where it works. Each `work` waits until it is let go on.
        private static let apart = """
            project: apart
            steps:
              list:
                run: printf '["a", "b", "c", "d"]' > $names
                outputs: {names: names.json}
              work:
                run: sh work.sh
                each: {part: list.names}
                inputs: {base: base/}
                outputs: {made: made/}
                parameters: {told: "@told"}
              join:
                run: cat $mades/*/* > $all; echo "joined all"
                needs: {mades: work.made}
                outputs: {all: all.txt}
            """

        private static let work = """
            echo "$part" >> "$told/begun"
            pwd >> "$told/where"
            until [ -e "$told/go" ]; do sleep 0.05; done
            mkdir "$made"
            cat "$base/text" > "$made/$part"
            head -c 3000000 /dev/zero >> "$made/$part"
            """

        /// Runs a body beside a cluster whose nodes know a new database.
        private func withCluster(
            _ name: String, nodes: [String: String] = [:], _ body: (RayCluster, _ environment: [String: String]) async throws -> Void
        ) async throws {
            try await PostgreSQLServer.shared().withDatabase(named: name) { url in
                try await RayCluster.with(environment: nodes.merging(["MARTLET_DATABASE_URL": url]) { $1 }) { cluster in
                    try await body(
                        cluster,
                        [
                            "MARTLET_DATABASE_URL": url, "MARTLET_RAY_ADDRESS": "http://127.0.0.1:\(cluster.port)",
                            "RAY_AUTH_TOKEN": cluster.token,
                        ])
                }
            }
        }

        @Test func `a project runs on two nodes, loses one halfway, and makes what it makes here`() async throws {
            try await withTemporaryFolder { folder in
                let place = try ClusterPlace(folder, Self.project)
                try await withCluster("ray_far") { cluster, environment in
                    let run = try RunningProcess(place.command("run", "--json", home: "cluster", environment: environment))
                    defer { run.stop() }
                    // One core on each node: two that have begun are one on each.
                    try await waitUntil("both nodes are at work") {
                        if let status = run.exitStatus { throw MartletError(.engine, "the run ended with \(status): \(run.errors)") }
                        return place.lines("begun").count == 2
                    }
                    try await cluster.loseSecondNode()
                    try place.write("", "told/go")
                    let made = try ClusterPlace.made(try await run.end())
                    let begun = place.lines("begun")
                    #expect(begun.count == 5, "what the lost node was at began again, and nothing else: \(begun)")
                    #expect(Set(begun) == ["a", "b", "c", "d"])
                    #expect(place.lines("sent") == ["told"])

                    let again = try await place.command("run", home: "cluster", environment: environment).run()
                    #expect(again.status == 0)
                    #expect(again.errors.split(separator: "\n").allSatisfy { $0.hasPrefix("= ") }, "\(again.errors)")
                    #expect(try await place.madeHere() == made)
                    #expect(made.count == 7)
                }
            }
        }

        @Test func `what may run once only and was lost with its node does not begin again`() async throws {
            try await withTemporaryFolder { folder in
                let place = try ClusterPlace(folder, Self.once)
                try await withCluster("ray_once") { cluster, environment in
                    let run = try RunningProcess(place.command("run", home: "cluster", environment: environment))
                    defer { run.stop() }
                    try await waitUntil("the step has begun") {
                        if let status = run.exitStatus { throw MartletError(.engine, "the run ended with \(status): \(run.errors)") }
                        return place.lines("sent") == ["told"]
                    }
                    try await cluster.loseSecondNode()
                    let lost = try await run.end()
                    #expect(lost.status != 0)
                    #expect(lost.errors.contains("was lost"), "\(lost.errors)")

                    try await cluster.startSecondNode()
                    let again = try await place.command("run", home: "cluster", environment: environment).run()
                    #expect(again.status != 0)
                    #expect(again.errors.contains("step 'tell' runs once only, and may have run"), "\(again.errors)")
                    #expect(place.lines("sent") == ["told"])
                }
            }
        }

        @Test func `nodes that have only a bucket in common with the runner make what is made here, also where one is lost`() async throws {
            try await withTemporaryFolder { folder in
                let place = try ClusterPlace(folder, Self.apart)
                try FileManager.default.createDirectory(atPath: "\(folder)/project/base", withIntermediateDirectories: true)
                try place.write(Self.work, "project/work.sh")
                try place.write("of the project\n", "project/base/text")
                try await S3Server.shared().withBucket { bucket in
                    let nodes = bucket.server.environment().merging(["MARTLET_HOME": place.home("node")]) { $1 }
                    try await withCluster("ray_apart", nodes: nodes) { cluster, environment in
                        let environment = environment.merging(bucket.server.environment()) { $1 }
                        let words = ["--blobs", "s3://\(bucket.name)/far"]
                        let run = try RunningProcess(place.command(["run", "--json"] + words, home: "cluster", environment: environment))
                        defer { run.stop() }
                        try await waitUntil("both nodes are at work") {
                            if let status = run.exitStatus { throw MartletError(.engine, "the run ended with \(status): \(run.errors)") }
                            return place.lines("begun").count == 2
                        }
                        try await cluster.loseSecondNode()
                        try place.write("", "told/go")
                        let made = try ClusterPlace.made(try await run.end())
                        #expect(place.lines("begun").count == 5, "what the lost node was at began again, and nothing else")
                        #expect(place.lines("where").allSatisfy { $0.hasPrefix(place.home("node") + "/") }, "\(place.lines("where"))")
                        let keys = try bucket.state().keys
                        #expect(!keys.isEmpty && keys.allSatisfy { $0.hasPrefix("far/blobs/") || $0.hasPrefix("far/chunks/") })
                        let logs = try await place.command("logs", "join", home: "cluster", environment: environment).run()
                        #expect(logs.output.contains("joined all"), "\(logs.errors)")

                        // All is in the runner's home: without bucket and cluster nothing runs again.
                        try bucket.remove()
                        let here = ["MARTLET_DATABASE_URL": environment["MARTLET_DATABASE_URL"] ?? ""]
                        let again = try await place.command("run", "--json", home: "cluster", environment: here).run()
                        #expect(try ClusterPlace.made(again) == made)
                        #expect(place.lines("begun").count == 5)
                        #expect(try await place.madeHere() == made)
                    }
                }
            }
        }
    }
}
