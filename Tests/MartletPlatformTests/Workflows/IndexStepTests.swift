import Foundation
import MartletCore
import MartletPipeline
import MartletSearch
import MartletStore
import MartletTesting
import Testing

@testable import MartletPlatform

@Suite struct IndexStepTests {
    private static let text = """
        project: near
        seed: 5
        steps:
          similar:
            index: {id: place, vector: [x, y], metric: l2, m: 4, ef_construction: 20}
            inputs: {rows: places.csv}

        """

    private static let places = "place,x,y\nharbour,0,0\nmill,3,4\nchapel,0,1\ntower,-1,0\n"

    private func withProject(_ text: String = text, places: String = places, _ body: (CommandProject) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let project = try CommandProject(folder, text)
            try project.write(places, to: "places.csv")
            try await body(project)
        }
    }

    private func message(_ body: () async throws -> Void) async -> String {
        await #expect(throws: MartletError.self) { try await body() }?.message ?? ""
    }

    @Test func `a step indexes a table, says how well it finds, and is asked for what is near`() async throws {
        try await withProject { project in
            let execution = try #require(try await project.run().executions[StepID("similar")])
            let digest = try #require(execution.outputs["index"])
            let platform = try project.platform()
            let summary = execution.summary
            #expect(["rows", "dimension", "recall_at_10", "recall_queries"].map { summary[$0]?.double } == [4, 2, 1, 1])
            #expect(summary["metric"] == "l2")
            #expect(try summary["bytes"]?.double == Double(platform.blobs.size(of: digest)))
            let index = try await platform.index(of: "similar")
            let near = try index.neighbours(ofRow: "harbour", count: 3)
            #expect(near.map(\.id) == ["chapel", "tower", "mill"])
            #expect(near.map(\.distance) == [1, 1, 5])
            #expect(try index.neighbours(of: [3, 3.5], count: 1).map(\.id) == ["mill"])
        }
    }

    @Test func `an index is made again only when something changed, and the same rows give the same bytes`() async throws {
        try await withProject { project in
            let digest = try #require(try await project.run().executions[StepID("similar")]?.outputs["index"])
            #expect(try await project.reasons("similar").isEmpty)
            var request = RunRequest()
            request.forced = ["similar"]
            #expect(try await project.run(request).executions[StepID("similar")]?.outputs["index"] == digest)
            // The rows in another order are another file, and the same index.
            try project.write("place,x,y\ntower,-1,0\nchapel,0,1\nmill,3,4\nharbour,0,0\n", to: "places.csv")
            #expect(try await !project.reasons("similar").isEmpty)
            #expect(try await project.run().executions[StepID("similar")]?.outputs["index"] == digest)
            try project.write(Self.text.replacing("metric: l2", with: "metric: dot"), to: "martlet.yaml")
            #expect(try await project.run().executions[StepID("similar")]?.outputs["index"] != digest)
            #expect(try await project.platform().index(of: "similar").metric == .dot)
            try project.write(Self.text, to: "martlet.yaml")
            try await project.run()
            #expect(try await project.platform().index(of: "similar").metric == .l2)
        }
    }

    @Test func `the table may be an output, of each instance its own`() async throws {
        let text = """
            project: near
            steps:
              embed:
                run: 'printf "id,v\\n1,\\"[%s, 1]\\"\\n2,\\"[1, 0]\\"\\n" $n > $table'
                outputs: {table: table.csv}
                each: {n: [1, 2]}
              similar:
                index: {id: id, vector: v}
                needs: {rows: embed.table}
                each: {n: [1, 2]}

            """
        try await withProject(text) { project in
            try await project.run()
            let platform = try project.platform()
            for (instance, cosine) in [("similar[n=1]", 1 / 2.0.squareRoot()), ("similar[n=2]", 2 / 5.0.squareRoot())] {
                let near = try await platform.index(of: instance).neighbours(ofRow: "2", count: 1)
                #expect(abs(near[0].distance - (1 - cosine)) < 1e-6)
            }
            let whole = await message { _ = try await platform.index(of: "similar") }
            #expect(whole.contains("name an instance of it, such as 'similar[n=1]'"))
        }
    }

    @Test(arguments: [
        ("place,x,y\na,1,2\nb,,2\nc,1,x\n", "2 of 3 rows cannot be indexed: 2 with a number that is missing"),
        ("place,x,y\na,1,2\na,2,3\n", "rows 1 and 2 have the same id"),
        ("place,x,z\na,1,2\n", "the table has no column 'y'"),
        ("place,x,y\n", "the table has no rows"),
    ])
    func `a table that cannot be indexed fails the step with the reason`(places: String, reason: String) async throws {
        try await withProject(places: places) { project in
            let message = await message { try await project.run() }
            #expect(message.contains(reason), "\(message)")
        }
    }

    @Test(arguments: [true, false])
    func `a table that changed since the step was planned is read as it was, or not at all`(isKept: Bool) async throws {
        try await withProject { project in
            let platform = try project.platform()
            let step = try #require(try ProjectPipeline(platform).graph()["similar"])
            guard case .external(let digest)? = step.inputs["rows"] else {
                Issue.record("the table is \(String(describing: step.inputs["rows"]))")
                return
            }
            if isKept { #expect(try TreeStore(home: platform.home).put(file: "\(project.folder)/places.csv").digest == digest) }
            try project.write("place,x,y\nnew,0,0\nnewer,0,1\n", to: "places.csv")
            let attempt = StepAttempt(
                step: step, id: StepID("similar"), run: "r", number: 1, key: Digest(of: "key"), inputs: ["rows": .one(digest)],
                resources: .none, report: { _, _ in })
            switch await LocalExecutor().run(attempt).result {
            case .success(let made):
                #expect(isKept)
                #expect(made.summary["rows"] == 4)
            case .failure(let failure):
                #expect(!isKept)
                #expect(failure.kind == .refused)
                #expect(failure.message.contains("the input 'rows'"))
                #expect(failure.message.contains("changed while step 'similar' read it; run it again"))
            }
            #expect(try Directory.names(in: platform.home.temporaryPath).isEmpty)
        }
    }

    @Test func `a table that is not there is told with its step`() async throws {
        try await withProject { project in
            try FileManager.default.removeItem(atPath: "\(project.folder)/places.csv")
            let message = await message { try await project.run() }
            #expect(message.contains("step 'similar': its input 'rows' is not there: 'places.csv'"), "\(message)")
        }
    }

    @Test func `an index that is not there is asked for in vain, with the reason`() async throws {
        try await withProject { project in
            let platform = try project.platform()
            #expect(await message { _ = try await platform.index(of: "similar") }.contains("has made no index yet; 'martlet run similar'"))
            #expect(await message { _ = try await platform.index(of: "similer") }.contains("did you mean 'similar'?"))
            let digest = try #require(try await project.run().executions[StepID("similar")]?.outputs["index"])
            let path = platform.blobs.path(of: digest)
            var bytes = try Data(contentsOf: URL(filePath: path))
            bytes[bytes.count - 1] ^= 1
            try FileManager.default.removeItem(atPath: path)
            #expect(await message { _ = try await platform.index(of: "similar") }.contains("is not kept any more"))
            try bytes.write(to: URL(filePath: path))
            #expect(await message { _ = try await platform.index(of: "similar") }.contains("do not have the digest"))
        }
    }

    @Test func `a step without a table is refused`() async throws {
        try await withProject { project in
            var declared = try Project.read(file: project.file)
            declared.steps["similar"]?.inputs = [:]
            let platform = try Platform(project: declared, home: project.home.path)
            #expect(await message { _ = try ProjectPipeline(platform).graph() }.contains("step 'similar' reads a table: name it 'rows'"))
        }
    }
}
