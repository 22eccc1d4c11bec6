import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    @Suite struct RefusalTests {
        /// A request with some fields other than usual; `nil` leaves a field out.
        private static func row(_ changes: [String: JSONValue?]) -> JSONValue {
            var row = RunningServer.row().object ?? [:]
            for (name, value) in changes { row[name] = value }
            return .object(row)
        }

        @Test func `a wrong request is refused with the field's name and is not logged`() async throws {
            let cases: [(body: JSONValue, status: Int, words: String)] = [
                (Self.row(["store": "two"]), 400, "field 'store': expected a number"),
                (Self.row(["feature": .some(nil)]), 400, "field 'feature' is missing"),
                (Self.row(["competitor_2": nil]), 400, "field 'competitor_2' is missing"),
                (Self.row(["stoer": 1]), 400, "field 'stoer' is unknown; did you mean 'store'?"),
                (["week": 41], 400, "field 'brand' is missing"),
                ([], 400, "expected a JSON object"),
                (Self.row(["store": 77]), 404, "nothing is known of store 77, brand 1"),
                (Self.row(["week": 1]), 404, "nothing was known yet of store 1, brand 1 at week 1"),
            ]
            try await withWorkplace { place in
                try await place.withDeployedServer { server in
                    for (body, status, words) in cases {
                        let answer = try server.decide(body)
                        #expect(answer.status == status)
                        #expect(answer.body.contains(words), "\(answer.body)")
                    }
                    let logged = try await place.answerCount()
                    #expect(logged == 0)
                }
            }
        }

        @Test func `a project's server says that it does not follow MARTLET_ARTIFACTS`() async throws {
            try await withWorkplace { place in
                try await place.makeRelease()
                try await place.json("deploy", "price")
                var command = place.server
                command.environment["MARTLET_ARTIFACTS"] = "s3://models/team"
                try await place.withServer(command) { server in
                    #expect(server.process.errors.contains("artifacts: MARTLET_ARTIFACTS is not followed"))
                }
            }
        }

        @Test func `an address that is not there is told with the nearest name`() async throws {
            try await withWorkplace { place in
                try await place.withDeployedServer { server in
                    let endpoint = try server.send("POST", "/v1/endpoints/prize/decide", RunningServer.row())
                    #expect(endpoint.status == 404)
                    #expect(endpoint.body.contains("did you mean 'price'?"))
                    #expect(try server.send("GET", "/v3").status == 404)
                    #expect(try server.send("GET", "/v1/endpoints/price/decide").status == 405)
                }
            }
        }

        @Test func `an outcome without a number is refused and none of its request is taken`() async throws {
            try await withWorkplace { place in
                try await place.withDeployedServer { server in
                    let answer = try server.send(
                        "POST", "/v1/endpoints/price/outcomes",
                        ["outcomes": [["request_id": "a", "units": 3], ["request_id": "b", "units": "many"]]]
                    )
                    #expect(answer.status == 400)
                    #expect(answer.body.contains("outcomes[1].units: expected a number of 0 or more, found"))
                    let rows = try await place.query("SELECT count(*) AS n FROM price_outcomes")
                    #expect(rows == [["n": 0]])
                }
            }
        }
    }
}
