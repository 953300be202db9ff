package main

import "math"

// What the model takes for given. Each is shown in the report beside what follows.
const (
	utilisation   = 0.5       // of a machine's cores at the peak, so that one zone of three may be lost
	apiCores      = 2         // of a machine of the API
	zones         = 3         // machines are spread over
	connections   = 10        // of each API process to the database, at most
	segment       = 6.0       // s of a segment, sound and picture in one
	bitRate       = 3.0       // Mb/s, if everybody watches a camera in full; slides take a third
	quotaGbps     = 150.0     // default of a CloudFront distribution
	quotaRequests = 250_000.0 // per second, likewise
)

// databaseSizes are the cores that RDS offers, memory grows with them.
var databaseSizes = []int{2, 4, 8, 16, 32, 48, 64}

// Model says what a crowd needs, from the largest step that held.
type Model struct {
	FromRate float64 `json:"from_rate"` // 0: no step held
	Needs    []Need  `json:"needs"`
}

// Need is what one crowd needs.
type Need struct {
	Viewers       int     `json:"viewers"`
	APICores      float64 `json:"api_cores"`
	APIMachines   int     `json:"api_machines"`
	DBCores       float64 `json:"db_cores"`
	DBMachine     int     `json:"db_machine_cores"` // 0: larger than any
	DBConnections int     `json:"db_connections"`
	WALMB         float64 `json:"wal_mb_per_s"`
	EgressGbps    float64 `json:"egress_gbps"`
	EdgeRequests  float64 `json:"edge_requests_per_s"`
	RaiseQuota    bool    `json:"raise_quota"`
}

// capacity computes what 13,000 and 52,000 viewers need: cores grow with requests, which
// grow with viewers.
func capacity(steps []Step) (m Model) {
	var from *Step
	for i := range steps {
		if steps[i].held() && (from == nil || steps[i].Rate > from.Rate) {
			from = &steps[i]
		}
	}
	if from == nil {
		return m
	}
	m.FromRate = from.Rate
	for _, viewers := range []int{expected, 4 * expected} {
		m.Needs = append(m.Needs, need(viewers, *from))
	}
	return m
}

func need(viewers int, s Step) Need {
	times := float64(viewers) / float64(s.Viewers)
	n := Need{
		Viewers: viewers, APICores: s.Parts["serve"].Cores * times, DBCores: s.Parts["postgres"].Cores * times, WALMB: s.WALMB * times,
		EgressGbps: float64(viewers) * bitRate / 1000, EdgeRequests: float64(viewers)/segment + s.Requests*times,
	}
	n.APIMachines = max(zones, int(math.Ceil(n.APICores/utilisation/apiCores)))
	n.DBConnections = n.APIMachines * connections
	for _, cores := range databaseSizes {
		if float64(cores)*utilisation >= n.DBCores {
			n.DBMachine = cores
			break
		}
	}
	n.RaiseQuota = n.EgressGbps > quotaGbps || n.EdgeRequests > quotaRequests
	return n
}
