import Foundation
import MartletCore
import MartletStore
import MartletTesting
import Testing

@testable import MartletPipeline
@testable import MartletPlatform

/// A runner and a node that have only the records and a place for objects in common.
@Suite struct ClusterNodeTests {
    private static let project = """
        project: far
        steps:
          base:
            run: cat $part $deep/in/x $beside $outside > $all; echo "made all"
            inputs: {part: data/part.txt, deep: data/, beside: ../beside.txt, outside: "@outside"}
            outputs: {all: all.txt}
          table:
            run: ./tools/make.sh $all $table
            needs: {all: base.all}
            outputs: {table: table/}
          broken:
            run: echo "cannot"; exit 3
            outputs: {all: all.txt}
          day:
            run: cat $raw > $all
            inputs: {raw: "data/in/$day"}
            outputs: {all: all.txt}
            each: {day: [x, z]}
        """

    private struct Place {
        let folder: String
        let url: String
        let objects = MemoryObjects()
        let platform: Platform
        let node: Home

        /// - Parameter write: puts a project into `near/project` below a folder.
        init(_ folder: String, url: String, _ write: (String) throws -> Void) throws {
            (self.folder, self.url) = (folder, url)
            try write(folder)
            platform = try Platform(
                project: Project.read(file: "\(folder)/near/project/martlet.yaml"), home: "\(folder)/near/home", database: url)
            node = Home(path: "\(folder)/far/home")
        }

        static func writeCommands(_ folder: String) throws {
            let text = ClusterNodeTests.project.replacing("@outside", with: "\(folder)/outside.txt")
            let files = [
                "near/project/martlet.yaml": text, "near/project/data/part.txt": "part\n", "near/project/data/in/x": "x\n",
                "near/beside.txt": "beside\n", "outside.txt": "outside\n",
                "near/project/tools/make.sh": "#!/bin/sh\nmkdir $2; sh tools/copy.sh $1 $2/copy.txt\n",
                "near/project/tools/copy.sh": "cp $1 $2\n",
            ]
            for (name, text) in files {
                let file = URL(filePath: "\(folder)/\(name)")
                try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(text.utf8).write(to: file)
            }
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o755], ofItemAtPath: "\(folder)/near/project/tools/make.sh")
        }

        static func writeStudy(_ folder: String) throws {
            let project = URL(filePath: "\(folder)/near/project")
            try FileManager.default.createDirectory(at: project, withIntermediateDirectories: true)
            try PricingProject.write(to: project.path) { $0.trees = 12 }
            let file = project.appending(path: "martlet.yaml")
            let text = try String(contentsOf: file, encoding: .utf8)
            let study = "study: {sampler: random, trials: 2, minimise: rmse, space: {max_depth: {from: 3, to: 6}}}"
            try #require(text.contains("    gate: {beats"))
            try Data(text.replacing("    gate: {beats", with: "    \(study)\n    gate: {beats").utf8).write(to: file)
        }

        var home: Home { platform.home }

        func handover() throws -> ExchangeHandover {
            try ExchangeHandover(platform, ProjectFiles(platform), ContentExchange(home, with: objects))
        }

        func attempt(_ name: String, _ partition: StepPartition = .whole, needs: [String: Digest] = [:]) throws -> StepAttempt {
            let step = try #require(try ProjectPipeline(platform).graph()[name])
            var inputs = needs.mapValues(InputContent.one)
            for (name, input) in step.inputs { if case .external(let digest) = input { inputs[name] = .one(digest) } }
            let paths = try step.paths(of: StepID(name, partition))
            for (name, path) in paths { inputs[name] = .one(try Digest(ofFile: path)) }
            return StepAttempt(
                step: step.with(paths), id: StepID(name, partition), run: "r", number: 1,
                key: StepKey(step: step, partition: partition, inputs: inputs).digest, inputs: inputs, resources: .none,
                report: { _, _ in })
        }

        /// Orders an attempt, and lets the node make it while the project's folder is not there.
        func make(_ attempt: StepAttempt, meanwhile: () throws -> Void = {}) async throws -> AttemptResult {
            let job = try await JobRecords(platform.tracking().database).job("job-\(attempt.key.short)")
            let handover = try handover()
            try await job.prepare(StepOrder(attempt, sources: handover.send(attempt)))
            try meanwhile()
            try FileManager.default.moveItem(atPath: "\(folder)/near/project", toPath: "\(folder)/away")
            defer { try? FileManager.default.moveItem(atPath: "\(folder)/away", toPath: "\(folder)/near/project") }
            _ = try await ClusterNode.run(job: job.name, home: node, database: url, through: objects)
            let result = try #require(try await job.result())
            try await handover.receive(result, of: attempt)
            return result
        }

        func outputs(_ result: AttemptResult) throws -> [String: Digest] {
            switch result.result {
            case .success(let made): return made.outputs
            case .failure(let failure): throw failure
            }
        }

        func log(_ attempt: StepAttempt) -> String {
            let path = "\(home.logsPath(run: "r"))/\(CommandRunner.logName(attempt.id, 1))"
            return String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
        }
    }

    private func withPlace(
        _ name: String, _ write: (String) throws -> Void = Place.writeCommands, _ body: (Place) async throws -> Void
    ) async throws {
        try await PostgreSQLServer.shared().withDatabase(named: name) { url in
            try await withTemporaryFolder { folder in
                let place = try Place(folder, url: url, write)
                let tracking = try await place.platform.tracking()
                try await tracking.pipelines.begin(RunRecord(id: "r", project: "far", startedAt: .now))
                try await body(place)
                try await tracking.database.close()
            }
        }
    }

    @Test func `a node without the project makes its steps, and what they made is in the runner's home`() async throws {
        try await withPlace("cluster_node_makes") { place in
            let base = try place.attempt("base")
            let all = try #require(try place.outputs(try await place.make(base))["all"])
            #expect(try TreeStore(home: place.home).bytes(of: all) == Array("part\nx\nbeside\noutside\n".utf8))
            #expect(place.log(base).contains("made all"))

            let table = try place.attempt("table", needs: ["all": all])
            let folder = try #require(try place.outputs(try await place.make(table))["table"])
            #expect(try TreeStore(home: place.home).tree(folder).entries.map(\.name) == ["copy.txt"])
            #expect(Set(place.objects.puts).count == place.objects.puts.count, "nothing goes twice")
            #expect(try Directory.names(in: "\(place.node.path)/attempts").isEmpty)
        }
    }

    @Test func `a trial made by a node is the runner's own, in a shared folder and through a bucket`() async throws {
        try await withPlace("cluster_node_trial", Place.writeStudy) { place in
            var request = RunRequest()
            request.steps = ["features shelf"]
            let features = try await ProjectPipeline(place.platform).run(request) { _ in }.executions[StepID("features shelf")]
            let rows = try #require(features?.outputs["rows"])
            let attempt = try place.attempt("trial demand", StepPartition(["number": "1"]), needs: ["rows": rows])
            let own = try place.outputs(await LocalExecutor().run(attempt))
            let digest = try #require(own["result"])
            #expect(try place.platform.json(digest)["score"]?["value"]?.double ?? 0 > 0)

            let job = JobFolder("shared", in: place.home)
            try job.prepare(StepOrder(attempt))
            let shared = try await ClusterNode.run(job: job.name, of: place.platform.project, home: place.home, database: place.url)
            #expect(try place.outputs(shared) == own)

            // What it made comes back, as it is not here any more.
            try FileManager.default.removeItem(atPath: place.platform.blobs.path(of: digest))
            #expect(try place.outputs(try await place.make(attempt)) == own)
            #expect(try place.platform.json(digest)["score"] != nil)
            #expect(BlobStore(home: place.node).contains(rows))
        }
    }

    @Test func `a node has the file of its instance, and none of another's`() async throws {
        try await withPlace("cluster_node_instance") { place in
            let day = try place.attempt("day", StepPartition(["day": "x"]))
            let sources = try StepFiles(of: day, place.platform.project)
            #expect(sources.files.filter { $0.role == .input }.map(\.path) == ["data/in/x"])
            let all = try #require(try place.outputs(try await place.make(day))["all"])
            #expect(try TreeStore(home: place.home).bytes(of: all) == Array("x\n".utf8))
        }
    }

    @Test func `a command that fails tells why, and what it said`() async throws {
        try await withPlace("cluster_node_broken") { place in
            let attempt = try place.attempt("broken")
            let failure = await #expect(throws: StepFailure.self) { try place.outputs(try await place.make(attempt)) }
            #expect(failure?.kind == .exit)
            #expect(place.log(attempt).contains("cannot"))
        }
    }

    @Test func `what was taken away meanwhile fails the attempt by its name`() async throws {
        try await withPlace("cluster_node_lost") { place in
            let attempt = try place.attempt("base")
            let digest = Digest(of: "part\n")
            let failure = await #expect(throws: StepFailure.self) {
                let result = try await place.make(attempt) { place.objects.set("blobs/\(digest.hex.prefix(2))/\(digest.hex)", nil) }
                _ = try place.outputs(result)
            }
            #expect(failure?.message.contains(digest.hex) == true)
        }
    }

    @Test func `a file that changed since the step was planned is not sent`() async throws {
        try await withPlace("cluster_node_changed") { place in
            let attempt = try place.attempt("base")
            try Data("other\n".utf8).write(to: URL(filePath: "\(place.folder)/near/project/data/part.txt"))
            let failure = await #expect(throws: StepFailure.self) { try await place.handover().send(attempt) }
            #expect(failure?.kind == .refused)
            #expect(failure?.message.contains("changed since step 'base' was planned") == true)
        }
    }

    @Test func `a job that was given up does nothing`() async throws {
        try await withPlace("cluster_node_late") { place in
            let attempt = try place.attempt("broken")
            let job = try await JobRecords(place.platform.tracking().database).job("late")
            try await job.prepare(StepOrder(attempt, sources: place.handover().send(attempt)))
            try #require(try await job.claim())
            let reads = place.objects.reads.count
            let error = await #expect(throws: MartletError.self) {
                try await ClusterNode.run(job: "late", home: place.node, database: place.url, through: place.objects)
            }
            #expect(error?.code == .conflict)
            #expect(place.objects.reads.count == reads)
        }
    }

    @Test func `a node that does not know where the records are says what to set`() async throws {
        try await withTemporaryFolder { folder in
            let error = await #expect(throws: MartletError.self) {
                try await ClusterNode.run(job: "j", home: Home(path: folder), database: nil, through: MemoryObjects())
            }
            #expect(error?.message.contains("MARTLET_DATABASE_URL") == true)
        }
    }
}
