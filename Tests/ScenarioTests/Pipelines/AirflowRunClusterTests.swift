import Foundation
import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    /// An export that a real Airflow runs, with the real program in each task.
    @Suite(.cluster) struct AirflowRunClusterTests {
        private static let project = """
            project: flown
            steps:
              list:
                run: printf '["a", "b"]' > $names; echo true > $good; echo false > $bad
                outputs: {names: names.json, good: good.json, bad: bad.json}
              work:
                run: echo "$part" >> "$told/begun"; echo "made of $part" > "$made"
                each: {part: list.names}
                outputs: {made: made.txt}
                parameters: {told: "@told"}
              join:
                run: cat $mades/* > $all
                needs: {mades: work.made}
                outputs: {all: all.txt}
                when: list.good
              never:
                run: cp $all $copy
                needs: {all: join.all}
                outputs: {copy: copy.txt}
                when: list.bad
            """

        /// Where the tasks of that Airflow find programs too, beside its own: another shell would be another step.
        private static let programs = ["PATH": "/usr/bin:/bin"]

        @Test func `Airflow runs a project as it runs here, and Martlet has the records`() async throws {
            try await withTemporaryFolder { folder in
                let place = try ClusterPlace(folder, Self.project)
                let exported = try await place.command("export", "airflow", home: "airflow", environment: Self.programs).run()
                try #require(exported.status == 0, "\(exported.errors)")
                let airflow = try AirflowHome(exported.output)
                defer { airflow.folder.remove() }
                let migration = try await airflow.run("airflow", ["db", "migrate"])
                #expect(migration.status == 0, "\(migration.errors.suffix(3_000))")
                let run = try await airflow.run("airflow", ["dags", "test", "flown"])
                #expect(run.status == 0, "\(run.output.suffix(3_000))\(run.errors.suffix(3_000))")
                #expect(
                    try await airflow.states() == [
                        "list": "success", "work.list": "success", "work 0": "success", "work 1": "success", "join.when": "success",
                        "join": "success", "never.when": "success", "never": "skipped",
                    ])
                #expect(place.lines("begun").sorted() == ["a", "b"], "each once, in whatever order")

                let after = try await place.command("run", "--json", home: "airflow", environment: Self.programs).run()
                #expect(place.lines("begun").sorted() == ["a", "b"], "what Airflow made is fresh")
                let made = try ClusterPlace.made(after)
                #expect(made.keys.sorted() == ["join", "list", "work[part=a]", "work[part=b]"])
                #expect(try await place.madeHere(environment: Self.programs) == made)
            }
        }
    }
}
