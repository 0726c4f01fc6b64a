// Package loggers: the loggers whose fatal calls end the process.
package loggers

import (
	"database/sql"

	"github.com/golang/glog"
	zlog "github.com/rs/zerolog/log"
	"github.com/sirupsen/logrus"
	"go.uber.org/zap"
	"k8s.io/klog/v2"
)

// noexec: it ends the process
func Zap(db *sql.DB, logger *zap.Logger) {
	rows, err := db.Query("SELECT id FROM t")
	if err != nil {
		logger.Fatal("query", zap.Error(err))
	}
	defer rows.Close() // ok: zap's Fatal does not return
	rows.Next()
}

// noexec: it ends the process
func Sugared(db *sql.DB, logger *zap.SugaredLogger) {
	rows, err := db.Query("SELECT id FROM t")
	if err != nil {
		logger.Fatalw("query", "error", err)
	}
	defer rows.Close() // ok: nor does the sugared one's
	rows.Next()
}

// noexec: it ends the process
func ZapError(db *sql.DB, logger *zap.Logger) {
	rows, err := db.Query("SELECT id FROM t")
	if err != nil {
		logger.Error("query", zap.Error(err))
	}
	defer rows.Close() // want "before its error is checked|nil"
	rows.Next()
}

// noexec: it ends the process
func Logrus(db *sql.DB, logger logrus.FieldLogger) {
	rows, err := db.Query("SELECT id FROM t")
	if err != nil {
		logger.Fatalf("query: %v", err)
	}
	defer rows.Close() // ok: logrus' Fatalf does not return
	rows.Next()
}

// noexec: it ends the process
func LogrusEntry(db *sql.DB) {
	rows, err := db.Query("SELECT id FROM t")
	if err != nil {
		logrus.WithError(err).Fatal("query")
	}
	defer rows.Close() // ok: nor does an entry's
	rows.Next()
}

// noexec: it ends the process
func Klog(db *sql.DB) {
	rows, err := db.Query("SELECT id FROM t")
	if err != nil {
		klog.Exitf("query: %v", err)
	}
	defer rows.Close() // ok: klog's Exitf does not return
	rows.Next()
}

// noexec: it ends the process
func Glog(db *sql.DB) {
	rows, err := db.Query("SELECT id FROM t")
	if err != nil {
		glog.Fatal(err)
	}
	defer rows.Close() // ok: glog's Fatal does not return
	rows.Next()
}

// noexec: it ends the process
func Zerolog(db *sql.DB) {
	rows, err := db.Query("SELECT id FROM t")
	if err != nil {
		zlog.Fatal().Err(err).Msg("query")
	}
	defer rows.Close() // ok: zerolog's fatal event ends the process when it is sent
	rows.Next()
}
