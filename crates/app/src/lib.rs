//! mentalspace-app
