import MartletCore
import MartletTesting
import Testing

extension Scenarios {
    @Suite struct DeployUnderLoadTests {
        /// The pointer between two of its moves.
        private struct Stay {
            let release: String
            /// When the move to it was confirmed.
            let from: Timestamp
            /// When the next move was ordered.
            var until: Timestamp
        }

        /// Moves the pointer back and forth while requests run. - Returns: where it was, when.
        private func move(_ place: Workplace, _ server: RunningServer, times: Int) async throws -> [Stay] {
            var stays: [Stay] = []
            for number in 0..<times {
                if !stays.isEmpty { stays[stays.count - 1].until = .now }
                let moved =
                    number % 2 == 0
                    ? try await place.json("deploy", "price", "v2", "--reason", "move \(number)")
                    : try await place.json("rollback", "price")
                let release = try #require(moved["release"]?.string)
                #expect(moved["serving"] == true)
                stays.append(Stay(release: release, from: .now, until: .now))
                let answer = try server.decide()
                #expect(try answer.json["release"]?.string == release, "after move \(number)")
            }
            return stays.dropLast()
        }

        @Test func `releases that change under load fail no request, and history tells which answered when`() async throws {
            try await withWorkplace { place in
                let first = try await place.makeRelease()
                try await place.json("deploy", "price")
                try place.edit("step_max: 20%", to: "step_max: 15%")
                let second = try await place.makeRelease()
                try await place.withServer { server in
                    let traffic = Traffic(server, connectionCount: 6)
                    try await traffic.answerCount(20)
                    let stays = try await move(place, server, times: 20)
                    let answers = try await traffic.stop()

                    #expect(traffic.faults.isEmpty)
                    #expect(answers.allSatisfy { $0.status == 200 })
                    #expect(Set(answers.map(\.release)) == [first, second])
                    for stay in stays {
                        let within = answers.filter { $0.askedAt >= stay.from && $0.answeredAt <= stay.until }
                        #expect(within.allSatisfy { $0.release == stay.release })
                    }
                    try await compareWithLog(answers, place)
                    try await compareWithHistory(stays, place)
                }
            }
        }

        private func compareWithLog(_ answers: [Traffic.Answer], _ place: Workplace) async throws {
            let rows = try await place.query("SELECT request_id, release FROM price_answers")
            let logged = Dictionary(rows.map { ($0["request_id"]?.string ?? "", $0["release"]?.string ?? "") }, uniquingKeysWith: { $1 })
            #expect(answers.allSatisfy { logged[$0.requestID] == $0.release })
        }

        /// Asks the history for the middle of some stays.
        private func compareWithHistory(_ stays: [Stay], _ place: Workplace) async throws {
            for stay in stays.indices.filter({ $0 % 4 == 1 || $0 % 4 == 2 }).map({ stays[$0] }) {
                let middle = Timestamp(microseconds: (stay.from.microseconds + stay.until.microseconds) / 2)
                let history = try await place.json("history", "price", "--at", "\(middle)")
                #expect(history["pointer"]?.string == stay.release)
                #expect(history["answered"]?.array?.map { $0["release"]?.string } == [stay.release], "\(history)")
            }
        }
    }
}
