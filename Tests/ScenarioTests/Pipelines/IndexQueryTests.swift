import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    /// What people ask an index.
    @Suite struct IndexQueryTests {
        private func withIndex(_ body: (CommandPlace) async throws -> Void) async throws {
            try await withTemporaryFolder { folder in
                let place = CommandPlace(folder)
                try place.write(
                    """
                    project: near
                    steps:
                      similar:
                        index: {id: place, vector: [x, y], metric: l2}
                        inputs: {rows: places.csv}

                    """)
                try place.write("place,x,y\nharbour,0,0\nmill,3,4\nchapel,0,1\ntower,-1,0\n", "places.csv")
                let result = try await place.martlet("run")
                try #require(result.status == 0, "\(result.errors)")
                #expect(result.output.contains("Index similar: 4 rows of 2 numbers by l2; a search finds 100.0% of the ten\n  nearest\n"))
                try await body(place)
            }
        }

        @Test func `an index is asked by a row or a vector, and answers in a table or in JSON`() async throws {
            try await withIndex { place in
                let like = try await place.martlet("query", "similar", "--id", "harbour", "-k", "3")
                #expect(like.output == "  id            l2\n  chapel  1.000000\n  tower   1.000000\n  mill    5.000000\n", "\(like.errors)")
                for words in [[], ["--exact"], ["--ef", "7"]] {
                    let near = try await place.command(["query", "similar", "--vector", "[-1, 0]", "-k", "1", "--json"] + words).run()
                    #expect(near.output == #"{"metric":"l2","neighbours":[{"distance":0,"id":"tower"}]}"# + "\n", "\(near.errors)")
                }
            }
        }

        @Test(arguments: [
            (["--id", "tower", "--vector", "[1, 2]"], 64, "give one of them"),
            (["--vector", "[1, 2]", "--exact", "--ef", "9"], 64, "with --exact there are no candidates"),
            (["--exact"], 64, "give --vector or --id"),
            (["--vector", "[1, 2, 3]"], 65, "expected 2 numbers, as the index has them, found 3"),
            (["--vector", "{}"], 65, "expected a list of numbers in JSON"),
            (["--vector", "[1, 2]", "-k", "5"], 65, "expected 1 to 4, as the index has 4 rows, found 5"),
            (["--id", "harbor"], 66, "the index has no row 'harbor'"),
        ])
        func `what an index cannot answer is refused`(words: [String], status: Int32, reason: String) async throws {
            try await withIndex { place in
                let result = try await place.command(["query", "similar"] + words).run()
                #expect(result.status == status)
                #expect(result.errors.contains(reason), "\(result.errors)")
                #expect(result.output.isEmpty)
            }
        }
    }
}
